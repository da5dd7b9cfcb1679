import * as Effect from "effect/Effect"

/** Long work in short pieces: at each `yield` the thread may do something else. */
export type Steps<A> = Generator<void, A, void>

/** Units that a step may cost, of some 0.3 microseconds: a step takes half a millisecond, and a cold one a few. */
const STEP = 1000

/** What looking at an item costs where it needs no work. */
export const LOOK = 1

/** What a piece of work on one item costs that takes microseconds, such as decoding it. */
export const WORK = 20

/** Visits items in their order; each visit gives what it cost. */
export function* eachInSteps<A>(items: Iterable<A>, visit: (item: A, index: number) => number): Steps<void> {
  let index = 0
  let spent = 0
  for (const item of items) {
    spent += visit(item, index++)
    if (spent < STEP) continue
    spent = 0
    yield
  }
}

/** All steps in one go, the thread doing nothing else. */
export const atOnce = <A>(steps: Steps<A>): A => {
  let next = steps.next()
  while (next.done !== true) next = steps.next()
  return next.value
}

/** One step for each turn of the event loop: whatever waits for the thread waits for one step at most. */
export const stepwise = Effect.fnUntraced(function* <A>(begin: () => Steps<A>) {
  const steps = begin()
  let next = steps.next()
  while (next.done !== true) {
    yield* Effect.yieldNow
    next = steps.next()
  }
  return next.value
})
