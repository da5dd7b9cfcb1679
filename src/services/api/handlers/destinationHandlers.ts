import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import { TraceSinks } from "../../export/TraceSink.ts"
import { sendTestTrace } from "../../export/testTrace.ts"
import { ConfigStore, type Snapshot } from "../../store/ConfigStore.ts"
import { IdGenerator } from "../../trace/IdGenerator.ts"
import { Actor } from "../Actor.ts"
import { Audit } from "../Audit.ts"
import { compileDestination, resourceOf } from "../compileDestination.ts"
import { leavingAttributes } from "../leavingAttributes.ts"
import { NotFound, Refused } from "../problems.ts"
import { SpangateApi } from "../SpangateApi.ts"
import { unavailable } from "./storeProblems.ts"

/** Each may wait for an answer for a while; more of them wait for their turn. */
const AT_ONCE = 4

export const destinationHandlers = HttpApiBuilder.group(
  SpangateApi,
  "destinations",
  Effect.fnUntraced(function* (handlers) {
    const store = yield* ConfigStore
    const sinks = yield* TraceSinks
    const ids = yield* IdGenerator
    const audit = yield* Audit
    const turns = yield* Semaphore.make(AT_ONCE)
    const snapshot = Effect.mapError(store.snapshot, unavailable)

    const send = Effect.fnUntraced(function* (entry: unknown, stored: Snapshot) {
      const ready = compileDestination(entry, stored)
      if (Result.isFailure(ready)) {
        const [first] = ready.failure
        return yield* new Refused({
          detail: first === undefined ? "The entry is refused." : `${first.path}: ${first.reason}`,
          errors: ready.failure
        })
      }
      const { common, destination } = ready.success
      const actor = yield* Actor
      // Of an entry that is not saved, nothing else says where it led. The rest of a URL may be a secret.
      const { origin } = new URL(destination.endpoint)
      const noted = (detail: string) =>
        audit.note({
          actor: actor.name,
          action: "test_destination",
          target: destination.name,
          detail: `${origin}, ${detail}`
        })
      const result = yield* sendTestTrace(destination, common).pipe(
        Effect.provideService(TraceSinks, sinks),
        Effect.provideService(IdGenerator, ids),
        Semaphore.withPermit(turns),
        Effect.onInterrupt(() => noted("left before the answer"))
      )
      yield* noted(`${result.outcome}: ${result.reason}`)
      return result
    })

    return handlers.handleAll({
      test: Effect.fnUntraced(function* ({ params: { name } }) {
        const stored = yield* snapshot
        const entity = stored.entities.find((entity) => entity.kind === "destination" && entity.name === name)
        if (entity === undefined) return yield* new NotFound({ detail: "There is no destination with this name." })
        return yield* send(entity.body, stored)
      }),
      testUnsaved: ({ payload: { destination } }) => Effect.flatMap(snapshot, (stored) => send(destination, stored)),
      attributes: () => Effect.map(snapshot, ({ entities }) => leavingAttributes(resourceOf(entities)))
    })
  })
)
