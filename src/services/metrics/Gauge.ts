import type { Child, Sample } from "./Family.ts"

/** A number that goes up and down. */
export class Gauge implements Child {
  value = 0

  set(value: number): void {
    this.value = value
  }

  add(amount = 1): void {
    this.value += amount
  }

  samples(): ReadonlyArray<Sample> {
    return [{ suffix: "", label: "", value: this.value }]
  }
}
