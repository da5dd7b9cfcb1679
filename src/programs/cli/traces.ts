import * as Command from "effect/cli/Command"
import { tracesGet } from "./tracesGet.ts"
import { tracesTail } from "./tracesTail.ts"

export const traces = Command.make("traces").pipe(
  Command.withDescription("The traces that the control plane stores"),
  Command.withSubcommands([tracesTail, tracesGet])
)
