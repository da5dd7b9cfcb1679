import { afterEach, assert, beforeEach, describe, it, vi } from "@effect/vitest"
import { whileSeen } from "../../src/dashboard/api/whileSeen.ts"

/** A page that a test hides and shows. */
const page = () => {
  const target = new EventTarget()
  const document = Object.assign(target, { hidden: false })
  vi.stubGlobal("document", document)
  vi.stubGlobal("window", globalThis)
  return (hidden: boolean) => {
    document.hidden = hidden
    target.dispatchEvent(new Event("visibilitychange"))
  }
}

describe("whileSeen", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  const counted = (everyMs: number | undefined) => {
    let runs = 0
    const end = whileSeen(async () => {
      runs++
    }, everyMs)
    return { end, runs: () => runs }
  }

  it("runs at once, in a tab that is not seen too", () => {
    const show = page()
    show(true)
    const { end, runs } = counted(undefined)
    assert.strictEqual(runs(), 1)
    end()
  })

  it("rests while the page is not seen, and is there as soon as it is", async () => {
    const show = page()
    const { end, runs } = counted(1000)
    await vi.advanceTimersByTimeAsync(2100)
    assert.strictEqual(runs(), 3)
    show(true)
    await vi.advanceTimersByTimeAsync(60_000)
    assert.strictEqual(runs(), 3)
    show(false)
    assert.strictEqual(runs(), 4)
    await vi.advanceTimersByTimeAsync(1000)
    assert.strictEqual(runs(), 5)
    end()
  })

  it("a short look elsewhere makes no second line of runs", async () => {
    const show = page()
    const { end, runs } = counted(1000)
    await vi.advanceTimersByTimeAsync(500)
    show(true)
    show(false)
    await vi.advanceTimersByTimeAsync(2600)
    assert.strictEqual(runs(), 4)
    end()
  })

  it("ends, and tells the run that is under way", async () => {
    page()
    let seen: AbortSignal | undefined
    let runs = 0
    const end = whileSeen(async (signal) => {
      seen = signal
      runs++
    }, 1000)
    end()
    assert.isTrue(seen?.aborted)
    await vi.advanceTimersByTimeAsync(5000)
    assert.strictEqual(runs, 1)
  })
})
