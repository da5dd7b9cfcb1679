import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { TraceStore } from "../../store/TraceStore.ts"
import type { BadRequest } from "../problems.ts"
import { SpangateApi } from "../SpangateApi.ts"
import { badField } from "./badField.ts"
import { unavailable } from "./storeProblems.ts"

const MAX_STEPS = 2000
const TOP = 10

const ordered = (from: number, to: number): Effect.Effect<void, BadRequest> =>
  to > from ? Effect.void : badField("query.to", "must be after from")

export const chartHandlers = HttpApiBuilder.group(
  SpangateApi,
  "charts",
  Effect.fnUntraced(function* (handlers) {
    const store = yield* TraceStore

    return handlers.handleAll({
      series: Effect.fnUntraced(function* ({ query: { from, groupBy, stepMs, to, ...filter } }) {
        yield* ordered(from, to)
        if ((to - from) / stepMs > MAX_STEPS) {
          return yield* badField("query.stepMs", `makes more than ${MAX_STEPS} steps, choose a longer one`)
        }
        return yield* store
          .series({ from, to, stepMs, filter, ...(groupBy === undefined ? {} : { groupBy }) })
          .pipe(Effect.mapError(unavailable))
      }),
      top: Effect.fnUntraced(function* ({
        query: { from, groupBy, limit = TOP, orderBy = "requests", to, ...filter }
      }) {
        yield* ordered(from, to)
        return yield* Effect.mapError(store.top({ from, to, filter, groupBy, orderBy, limit }), unavailable)
      })
    })
  })
)
