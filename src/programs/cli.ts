/** `spangate`: what an operator does beside the running program. `cli/spangate.ts` says what its exit codes mean. */
import { createRequire } from "node:module"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { exitCode, spangate, tellFailure } from "./cli/spangate.ts"

const { version } = createRequire(import.meta.url)("../../package.json")

// Whoever reads may have seen enough (`spangate traces tail | head`): it ends as others do whose pipe is closed, and not
// with 0, since it may not have done all that it was asked. A disk that is full has not got what was written either.
process.stdout.on("error", ({ code = "" }: NodeJS.ErrnoException) => {
  if (code === "EPIPE") process.exit(141)
  process.stderr.write(`The output cannot be written (${code})\n`, () => process.exit(1))
})

NodeRuntime.runMain(
  Command.run(spangate, { version }).pipe(Effect.tapCause(tellFailure), Effect.provide(NodeServices.layer)),
  { disableErrorReporting: true, teardown: (exit, onExit) => onExit(exitCode(exit)) }
)
