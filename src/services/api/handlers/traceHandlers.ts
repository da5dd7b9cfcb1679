import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import type { InvalidCursor } from "../../store/TraceQuery.ts"
import { TraceStore } from "../../store/TraceStore.ts"
import { BadRequest, NotFound } from "../problems.ts"
import { SpangateApi } from "../SpangateApi.ts"
import { unavailable } from "./storeProblems.ts"

const PAGE = 50

export const traceHandlers = HttpApiBuilder.group(
  SpangateApi,
  "traces",
  Effect.fnUntraced(function* (handlers) {
    const store = yield* TraceStore

    return handlers.handleAll({
      list: ({ query: { cursor, limit = PAGE, ...filter } }) =>
        store.page({ filter, limit, ...(cursor === undefined ? {} : { cursor }) }).pipe(
          Effect.catchTags({
            InvalidCursor: (error) => Effect.fail(invalidCursor(error)),
            StoreUnavailable: (error) => Effect.fail(unavailable(error))
          })
        ),
      get: Effect.fnUntraced(function* ({ params: { traceId } }) {
        const traces = yield* Effect.mapError(store.get(traceId), unavailable)
        return traces.length === 0 ? yield* new NotFound({ detail: "There is no trace with this id." }) : traces
      })
    })
  })
)

const invalidCursor = ({ message }: InvalidCursor): BadRequest =>
  new BadRequest({
    detail: message,
    errors: [{ path: "query.cursor", reason: "is not one that a page of traces gave" }]
  })
