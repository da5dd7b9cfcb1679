/** `spangate`: what an operator does beside the running program. Exits with 0, 1 where it did not work, 2 where it was asked the wrong way. */
import { createRequire } from "node:module"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as CliError from "effect/cli/CliError"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { CommandFailed } from "./cli/CommandFailed.ts"
import { deadLetters } from "./cli/deadLetters.ts"

const { version } = createRequire(import.meta.url)("../../package.json")

const spangate = Command.make("spangate").pipe(
  Command.withDescription("Operate a Spangate gateway"),
  Command.withSubcommands([deadLetters])
)

const exitCode = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit)) return 0
  if (Cause.hasInterruptsOnly(exit.cause)) return 130
  const error = Cause.squash(exit.cause)
  if (error instanceof CommandFailed) return error.exitCode
  if (error instanceof CliError.ShowHelp) return error.errors.length === 0 ? 0 : 2
  return 1
}

// Whoever reads the list may have seen enough: `spangate dead-letters list | head`.
process.stdout.on("error", () => process.exit(0))

NodeRuntime.runMain(
  Command.run(spangate, { version }).pipe(
    Effect.tapCause((cause) => {
      const error = Cause.squash(cause)
      // The command line's own errors have been shown, with the help that goes with them.
      if (CliError.isCliError(error) || Cause.hasInterruptsOnly(cause)) return Effect.void
      return Console.error(error instanceof Error ? error.message : String(error))
    }),
    Effect.provide(NodeServices.layer)
  ),
  { disableErrorReporting: true, teardown: (exit, onExit) => onExit(exitCode(exit)) }
)
