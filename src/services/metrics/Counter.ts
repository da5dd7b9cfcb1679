import type { Child, Sample } from "./Family.ts"

/** A number that only grows. The unit stands in the metric's name. */
export class Counter implements Child {
  value = 0

  /** `amount` is never negative. */
  add(amount = 1): void {
    this.value += amount
  }

  samples(): ReadonlyArray<Sample> {
    return [{ suffix: "", label: "", value: this.value }]
  }
}
