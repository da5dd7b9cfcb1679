import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { CommandFailed } from "./CommandFailed.ts"
import { controlFlags, withControlPlane } from "./ControlPlane.ts"
import { statusText, troubles } from "./statusTexts.ts"

export const status = Command.make(
  "status",
  {
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Print JSON, what is wrong under troubles"),
      Flag.withDefault(false)
    ),
    ...controlFlags
  },
  Effect.fnUntraced(function* ({ json, ...controlPlane }) {
    const found = yield* withControlPlane(controlPlane, ({ status }) => status.get())
    const now = yield* Clock.currentTimeMillis
    const wrong = troubles(found)
    yield* Console.log(json ? JSON.stringify({ ...found, troubles: wrong }, null, 2) : statusText(found, now))
    if (wrong.length > 0) return yield* new CommandFailed({ message: wrong.join("\n"), exitCode: 1 })
  })
).pipe(
  Command.withDescription(
    "Show what runs: programs and the revision each has in force, the ledger of each destination, the trace store. Exits with 1 and says so when something is wrong"
  )
)
