import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Stream from "effect/Stream"
import { TraceStore } from "../../store/TraceStore.ts"
import { NotFound } from "../problems.ts"
import { SpangateApi } from "../SpangateApi.ts"
import { shortenTraces } from "../shortenTraces.ts"
import { badField } from "./badField.ts"
import { unavailable } from "./storeProblems.ts"

const PAGE = 50

export const traceHandlers = HttpApiBuilder.group(
  SpangateApi,
  "traces",
  Effect.fnUntraced(function* (handlers) {
    const store = yield* TraceStore

    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query: { cursor, limit = PAGE, ...filter } }) {
        // Else it would look as if every trace had it.
        if (filter.metadataValue !== undefined && filter.metadataKey === undefined) {
          return yield* badField("query.metadataKey", "is missing, and metadataValue is a value of it")
        }
        return yield* store.page({ filter, limit, ...(cursor === undefined ? {} : { cursor }) }).pipe(
          Effect.catchTags({
            InvalidCursor: () => Effect.fail(badField("query.cursor", "is not one that a page of traces gave")),
            StoreUnavailable: (error) => Effect.fail(unavailable(error))
          })
        )
      }),
      get: Effect.fnUntraced(function* ({ params: { traceId }, query: { spanId } }) {
        const traces = yield* store
          .get(traceId, spanId)
          .pipe(shortenTraces(), Stream.runCollect, Effect.mapError(unavailable))
        return traces.length === 0 ? yield* new NotFound({ detail: "There is no trace with this id." }) : traces
      })
    })
  })
)
