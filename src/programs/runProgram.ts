import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"

/** Log lines are for people at a terminal and for machines elsewhere. */
const logger = Logger.layer([process.stdout.isTTY ? Logger.consolePretty() : Logger.consoleJson])

/**
 * Runs a program to its end. One that cannot start says why in its error's own words and exits with 1; one that was
 * told to stop (SIGINT, SIGTERM) and has put its things in order exits with 0.
 */
export const runProgram = <A, E>(program: Effect.Effect<A, E>): void =>
  NodeRuntime.runMain(
    Effect.tapCause(program, (cause) => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.void
      const error = Cause.squash(cause)
      return Cause.hasDies(cause) || !(error instanceof Error)
        ? Effect.logError("The program failed", cause)
        : Console.error(error.message)
    }).pipe(Effect.provide(logger)),
    {
      disableErrorReporting: true,
      teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1)
    }
  )
