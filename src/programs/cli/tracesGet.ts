import * as Console from "effect/Console"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { SpanId } from "../../services/api/TracesApi.ts"
import { controlFlags, withControlPlane } from "./ControlPlane.ts"
import { counted } from "./tables.ts"
import { traceText } from "./traceTexts.ts"

const TraceId = Schema.String.check(
  Schema.isPattern(/^[0-9a-fA-F]{32}$/, { message: "is no trace id, which has 32 hex digits" })
)

export const tracesGet = Command.make(
  "get",
  {
    id: Argument.String("id").pipe(
      Argument.withDescription("Trace id, as in the response header x-trace-id"),
      Argument.withSchema(TraceId)
    ),
    request: Flag.String("request").pipe(
      Flag.withDescription("Only the request whose root span has this id, whole however much the trace holds"),
      Flag.withSchema(SpanId),
      Flag.optional
    ),
    json: Flag.Boolean("json").pipe(
      Flag.withDescription("Print JSON: every attribute, content included"),
      Flag.withDefault(false)
    ),
    ...controlFlags
  },
  Effect.fnUntraced(function* ({ id, json, request, ...controlPlane }) {
    const traceId = id.toLowerCase()
    const query = Option.match(request, { onNone: () => ({}), onSome: (spanId) => ({ spanId }) })
    const found = yield* withControlPlane(controlPlane, ({ traces }) => traces.get({ params: { traceId }, query }))
    const { length } = found.filter(({ shortened }) => shortened === true)
    if (json && length > 0) {
      yield* Console.error(
        `There is too much of this trace: the content of ${counted(length, "request")} is left out. Ask for one with --request and the id of its root span`
      )
    }
    yield* Console.log(json ? JSON.stringify(found, null, 2) : found.map(traceText).join("\n\n"))
  })
).pipe(Command.withDescription("Show one trace: its requests, each as a timeline of spans"))
