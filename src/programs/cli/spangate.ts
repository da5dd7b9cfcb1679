import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as CliError from "effect/cli/CliError"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { apply } from "./apply.ts"
import { CommandFailed } from "./CommandFailed.ts"
import { check } from "./check.ts"
import { deadLetters } from "./deadLetters.ts"
import { exportConfig } from "./exportConfig.ts"
import { status } from "./status.ts"
import { token } from "./token.ts"
import { traces } from "./traces.ts"

/** The whole command line. */
export const spangate = Command.make("spangate").pipe(
  Command.withDescription(
    "Operate a Spangate gateway. Exits with 0; 1 where it did not work; 2 where it was asked the wrong way; 3 where a dry run finds changes; 130 where it was interrupted; 141 where nobody reads its output any more."
  ),
  Command.withSubcommands([check, apply, exportConfig, token, traces, status, deadLetters]),
  Command.withExamples([
    { command: "spangate apply -f spangate.yaml", description: "Show what a file would change, and change it" },
    { command: "spangate traces tail --result error", description: "Watch failures as they happen" },
    { command: 'eval "$(spangate --completions bash)"', description: "Complete commands and flags in this shell" }
  ])
)

/** Of the process. 130: it was interrupted. */
export const exitCode = (exit: Exit.Exit<unknown, unknown>): number => {
  if (Exit.isSuccess(exit)) return 0
  if (Cause.hasInterruptsOnly(exit.cause)) return 130
  const error = Cause.squash(exit.cause)
  if (error instanceof CommandFailed) return error.exitCode
  if (error instanceof CliError.ShowHelp) return error.errors.length === 0 ? 0 : 2
  return 1
}

/** Says why a command failed, in its error's own words. */
export const tellFailure = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  const error = Cause.squash(cause)
  // The command line's own errors have been shown, with the help that goes with them.
  if (CliError.isCliError(error) || Cause.hasInterruptsOnly(cause)) return Effect.void
  return Console.error(error instanceof Error ? error.message : String(error))
}
