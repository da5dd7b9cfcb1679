import { existsSync } from "node:fs"
import { join } from "node:path"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { deadLetterFile } from "../../layers/sqlite/deadLetters/DeadLetterDatabase.ts"
import * as SqliteDeadLetters from "../../layers/sqlite/SqliteDeadLetters.ts"
import { type DeadLetterSelection, DeadLetters, DeadLettersUnavailable } from "../../services/export/DeadLetters.ts"
import { CommandFailed } from "./CommandFailed.ts"
import { letterJson, letterPage, letterTable, summaryJson } from "./letterTexts.ts"

const root = Command.make("dead-letters").pipe(
  Command.withDescription("Traces that a destination refused for good: look at them, send them again, remove them"),
  Command.withSharedFlags({
    data: Flag.String("data").pipe(
      Flag.withDescription("Data directory of the program, which may be running (SPANGATE_DATA, else ./.spangate)"),
      Flag.withFallbackConfig(Config.NonEmptyString("SPANGATE_DATA")),
      Flag.withDefault("./.spangate")
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))
  })
)

const chosen = {
  ids: Argument.Int("id").pipe(Argument.withDescription("Numbers of letters"), Argument.variadic()),
  destination: Flag.String("destination").pipe(Flag.withDescription("All letters to this destination"), Flag.optional),
  all: Flag.Boolean("all").pipe(Flag.withDescription("All letters"), Flag.withDefault(false))
}

/** Where a program keeps its letters: beside its spool, or, on NATS, where it has none, in the exporter's own directory. */
const lettersIn = (data: string) =>
  Layer.unwrap(
    Effect.suspend(() => {
      const places = [join(data, "spool"), join(data, "exporter")]
      const found = places.find((place) => existsSync(deadLetterFile(place)))
      if (found !== undefined) return Effect.succeed(SqliteDeadLetters.visit(found))
      const missing = places.map(deadLetterFile).join(" and no ")
      const cause = new Error(`there is no ${missing}. Has the program run on this directory?`)
      return Effect.fail(new DeadLettersUnavailable({ cause }))
    })
  )

/** Opens the letters of the program whose data directory this is. */
const of =
  (data: string) =>
  <A, E, R>(command: Effect.Effect<A, E, R>) =>
    command.pipe(
      Effect.provide(lettersIn(data)),
      Effect.mapError((error) =>
        error instanceof DeadLettersUnavailable ? new CommandFailed({ message: error.message, exitCode: 1 }) : error
      )
    )

/** What an operator means to replay or purge has to be said in one way, so that nothing is hit by accident. */
const selectionOf = ({
  all,
  destination,
  ids
}: {
  readonly all: boolean
  readonly destination: Option.Option<string>
  readonly ids: ReadonlyArray<number>
}): Effect.Effect<DeadLetterSelection, CommandFailed> => {
  const said = [ids.length > 0, Option.isSome(destination), all].filter((one) => one).length
  return said === 1
    ? Effect.succeed({
        ...(ids.length > 0 ? { ids } : {}),
        ...(Option.isSome(destination) ? { destination: destination.value } : {})
      })
    : Effect.fail(
        new CommandFailed({ message: "Say which letters: their numbers, --destination NAME or --all", exitCode: 2 })
      )
}

const orNone = (found: number) =>
  found > 0 ? Effect.void : Effect.fail(new CommandFailed({ message: "There are no such dead letters", exitCode: 1 }))

const letters = (count: number) => (count === 1 ? "1 dead letter" : `${count} dead letters`)

const list = Command.make(
  "list",
  {
    destination: Flag.String("destination").pipe(
      Flag.withDescription("Only letters to this destination"),
      Flag.optional
    ),
    limit: Flag.Int("limit").pipe(Flag.withDescription("The newest so many"), Flag.withDefault(50))
  },
  Effect.fnUntraced(function* ({ destination, limit }) {
    const { data, json } = yield* root
    const [found, accounts] = yield* Effect.gen(function* () {
      const deadLetters = yield* DeadLetters
      const selection = Option.isSome(destination) ? { destination: destination.value } : {}
      return [yield* deadLetters.list(selection, limit), yield* deadLetters.accounts] as const
    }).pipe(of(data))
    if (json) return yield* Console.log(JSON.stringify(found.map(summaryJson), null, 2))
    const all = accounts
      .filter((account) => Option.isNone(destination) || account.destination === destination.value)
      .reduce((sum, account) => sum + account.letters, 0)
    if (all === 0) return yield* Console.log("There are no dead letters")
    yield* Console.log(letterTable(found))
    if (found.length < all) yield* Console.log(`\n${letters(found.length)} of ${all}: the newest`)
  })
).pipe(Command.withDescription("List dead letters, the newest first"))

const show = Command.make(
  "show",
  { id: Argument.Int("id").pipe(Argument.withDescription("Number of the letter")) },
  Effect.fnUntraced(function* ({ id }) {
    const { data, json } = yield* root
    const found = yield* Effect.flatMap(DeadLetters, (deadLetters) => deadLetters.get(id)).pipe(of(data))
    if (Option.isNone(found)) {
      return yield* new CommandFailed({ message: `There is no dead letter ${id}`, exitCode: 1 })
    }
    yield* Console.log(json ? letterJson(found.value) : letterPage(found.value))
  })
).pipe(Command.withDescription("Show one letter; with --json also the request and the answer that it holds"))

const replay = Command.make(
  "replay",
  chosen,
  Effect.fnUntraced(function* (choice) {
    const { data, json } = yield* root
    const selection = yield* selectionOf(choice)
    const found = yield* Effect.flatMap(DeadLetters, (deadLetters) => deadLetters.requestReplay(selection)).pipe(
      of(data)
    )
    if (json) yield* Console.log(JSON.stringify({ replayRequested: found }))
    yield* orNone(found)
    if (!json) {
      yield* Console.log(
        `${letters(found)} to be replayed: the running program sends them at once, else the next one to start does.\nThose that are refused again stay, with the new answer.`
      )
    }
  })
).pipe(
  Command.withDescription(
    "Have letters sent again by the program that runs on the data directory, with its entries of now"
  ),
  Command.withExamples([
    { command: "spangate dead-letters replay --destination middleware", description: "All that middleware refused" },
    { command: "spangate dead-letters replay 12 13", description: "Two letters" }
  ])
)

const purge = Command.make(
  "purge",
  chosen,
  Effect.fnUntraced(function* (choice) {
    const { data, json } = yield* root
    const selection = yield* selectionOf(choice)
    const found = yield* Effect.flatMap(DeadLetters, (deadLetters) => deadLetters.purge(selection)).pipe(of(data))
    if (json) yield* Console.log(JSON.stringify({ purged: found }))
    yield* orNone(found)
    if (!json) yield* Console.log(`${letters(found)} removed`)
  })
).pipe(Command.withDescription("Remove letters for good"))

export const deadLetters = root.pipe(Command.withSubcommands([list, show, replay, purge]))
