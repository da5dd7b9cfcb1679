import * as Effect from "effect/Effect"
import type { Arrival } from "./frameTraces.ts"
import { StoreUnavailable } from "./StoreUnavailable.ts"
import type { TraceStore } from "./TraceStore.ts"

/** How often a trace fails, each time between two successes, before it is the trace's own fault. */
const STRIKES = 3
const BETWEEN_STRIKES = "1 second"

/**
 * Failures without a success, after which it is the store that is away: halving finds a neighbour that can be stored
 * sooner. Each may have waited for its timeout.
 */
const MOST_FAILURES = 16

/**
 * Stores a batch that could not be stored as a whole, in ever smaller halves. Gives those that nothing can store: each
 * was refused again and again while a neighbour, stored before it and after it, showed that the store was well. Fails
 * when nothing of the batch can be stored, which is no trace's fault.
 */
export const storeApart = Effect.fnUntraced(function* (
  store: TraceStore["Service"],
  batch: ReadonlyArray<Arrival>,
  token: string
): Effect.fn.Return<ReadonlyArray<Arrival>, StoreUnavailable> {
  const suspects: Array<Arrival> = []
  let neighbour: Arrival | undefined
  let failure: StoreUnavailable | undefined
  let failures = 0
  const isAway = () => neighbour === undefined && failures >= MOST_FAILURES

  const append = (arrivals: ReadonlyArray<Arrival>, name: string) =>
    appendSafely(
      store,
      arrivals.map(({ trace }) => trace),
      `${token}/${name}`
    )

  const halve = (arrivals: ReadonlyArray<Arrival>, at: number): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (isAway()) return Effect.void
      return Effect.matchEffect(append(arrivals, `${at}+${arrivals.length}`), {
        onSuccess: () => Effect.sync(() => void (neighbour = arrivals[0])),
        onFailure: (error) => {
          failure = error
          failures += 1
          if (arrivals.length < 2) return Effect.sync(() => void suspects.push(...arrivals))
          const middle = arrivals.length >> 1
          return Effect.andThen(halve(arrivals.slice(0, middle), at), halve(arrivals.slice(middle), at + middle))
        }
      })
    })

  yield* halve(batch, 0)
  if (failure === undefined) return []
  if (neighbour === undefined) return yield* failure

  const witness = append([neighbour], "witness")
  let refused = suspects
  for (let strike = 0; strike < STRIKES && refused.length > 0; strike++) {
    yield* Effect.sleep(BETWEEN_STRIKES)
    refused = yield* Effect.filter(refused, (suspect) => Effect.isFailure(append([suspect], "suspect")))
    yield* witness
  }
  return refused
})

/** A store that breaks is one that cannot be reached. */
export const appendSafely = (
  store: TraceStore["Service"],
  traces: Parameters<TraceStore["Service"]["append"]>[0],
  token: string
): Effect.Effect<void, StoreUnavailable> =>
  Effect.catchDefect(store.append(traces, token), (cause) =>
    Effect.fail(new StoreUnavailable({ store: "traces", cause }))
  )
