/** `spangate`: what an operator does beside the running program. `cli/spangate.ts` says what its exit codes mean. */
import { createRequire } from "node:module"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { exitCode, spangate, tellFailure } from "./cli/spangate.ts"

const { version } = createRequire(import.meta.url)("../../package.json")

// Whoever reads the list may have seen enough: `spangate traces tail | head`.
process.stdout.on("error", () => process.exit(0))

NodeRuntime.runMain(
  Command.run(spangate, { version }).pipe(Effect.tapCause(tellFailure), Effect.provide(NodeServices.layer)),
  { disableErrorReporting: true, teardown: (exit, onExit) => onExit(exitCode(exit)) }
)
