import * as Console from "effect/Console"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { controlFlags, withControlPlane } from "./ControlPlane.ts"
import { printable, table, timeOf } from "./tables.ts"

const TokenId = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{16}$/, { message: "is no token's id, which has 16 hex digits: `spangate token list`" })
)

const json = Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))

const create = Command.make(
  "create",
  {
    subject: Flag.String("subject").pipe(Flag.withDescription("Whose it is, as traces name it: user:alice")),
    teams: Flag.String("team").pipe(Flag.withDescription("A team of theirs; may be repeated"), Flag.atLeast(0)),
    models: Flag.String("model").pipe(
      Flag.withDescription('A model it may use, or a pattern ("prod/*"); may be repeated'),
      Flag.atLeast(0)
    ),
    json,
    ...controlFlags
  },
  Effect.fnUntraced(function* ({ json, models, subject, teams, ...controlPlane }) {
    const payload = {
      subject,
      ...(teams.length === 0 ? {} : { teams }),
      ...(models.length === 0 ? {} : { models })
    }
    const made = yield* withControlPlane(controlPlane, ({ tokens }) => tokens.create({ payload }))
    if (json) return yield* Console.log(JSON.stringify(made, null, 2))
    yield* Console.log(made.token)
    // Apart from it, so that TOKEN=$(spangate token create …) holds the token alone.
    yield* Console.error(`Token ${made.id} of ${printable(made.subject)}: it is shown this once`)
  })
).pipe(
  Command.withDescription("Make a token for a caller of the gateway, and print it"),
  Command.withExamples([
    {
      command: "spangate token create --subject user:alice --team ml --model 'prod/*'",
      description: "A token for every model whose name begins with prod/"
    }
  ])
)

const list = Command.make(
  "list",
  { json, ...controlFlags },
  Effect.fnUntraced(function* ({ json, ...controlPlane }) {
    const found = yield* withControlPlane(controlPlane, ({ tokens }) => tokens.list())
    if (json) return yield* Console.log(JSON.stringify(found, null, 2))
    if (found.length === 0) return yield* Console.log("There are no tokens")
    const rows = found.map(({ createdAt, id, models, subject, teams }) => [
      id,
      printable(subject),
      printable(teams.join(", ")),
      models === undefined ? "by teams and subject" : printable(models.join(", ")),
      createdAt === undefined ? "" : timeOf(createdAt)
    ])
    yield* Console.log(table(["ID", "SUBJECT", "TEAMS", "MODELS", "CHANGED"], rows))
  })
).pipe(Command.withDescription("List tokens, none of which can be shown again"))

const revoke = Command.make(
  "revoke",
  {
    id: Argument.String("id").pipe(Argument.withDescription("As list shows it"), Argument.withSchema(TokenId)),
    ...controlFlags
  },
  Effect.fnUntraced(function* ({ id, ...controlPlane }) {
    const { revision } = yield* withControlPlane(controlPlane, ({ tokens }) => tokens.revoke({ params: { id } }))
    yield* Console.log(`Token ${id} is revoked, as revision ${revision}: every gateway refuses it within a second`)
  })
).pipe(Command.withDescription("Revoke a token"))

export const token = Command.make("token").pipe(
  Command.withDescription("Tokens of the gateway's callers"),
  Command.withSubcommands([create, list, revoke])
)
