import { afterEach, assert, beforeEach, describe, it, vi } from "@effect/vitest"
import { datedRequest, request } from "../../src/dashboard/api/request.ts"
import { serverTime } from "../../src/dashboard/api/serverTime.ts"

const encoder = new TextEncoder()

/** What an API answers: its body comes as a test writes it, and breaks when the caller gives up. */
const answering = () => {
  let body: ReadableStreamDefaultController<Uint8Array> | undefined
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      body = controller
    }
  })
  let answer = (_: Response) => {}
  vi.stubGlobal("document", { baseURI: "https://host/" })
  vi.stubGlobal("fetch", (_: string, { signal }: RequestInit) => {
    signal?.addEventListener("abort", () => body?.error(signal.reason))
    return new Promise<Response>((resolve, reject) => {
      answer = resolve
      signal?.addEventListener("abort", () => reject(signal.reason))
    })
  })
  return {
    head: (headers: Record<string, string> = {}) => answer(new Response(stream, { headers })),
    write: (text: string) => body?.enqueue(encoder.encode(text)),
    end: () => body?.close()
  }
}

const caught = (promise: Promise<unknown>) => promise.catch((cause: unknown) => cause)

describe("a call of the API", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it("that reads takes as long as its line needs, while something comes", async () => {
    const api = answering()
    const read = request<ReadonlyArray<string>>("GET", "traces/1")
    await vi.advanceTimersByTimeAsync(25_000)
    api.head()
    for (const part of ['["a', "b", 'c"', "]"]) {
      await vi.advanceTimersByTimeAsync(25_000)
      api.write(part)
    }
    await vi.advanceTimersByTimeAsync(25_000)
    api.end()
    assert.deepStrictEqual(await read, ["abc"])
    assert.strictEqual(vi.getTimerCount(), 0)
  })

  it("that reads gives up after 30 s of silence, before the answer and within it", async () => {
    answering()
    const silent = caught(request("GET", "status"))
    await vi.advanceTimersByTimeAsync(30_000)
    assert.deepInclude(await silent, { status: 0 })

    const api = answering()
    const cut = caught(request("GET", "status"))
    api.head()
    await vi.advanceTimersByTimeAsync(1000)
    api.write("[")
    await vi.advanceTimersByTimeAsync(30_000)
    assert.deepInclude(await cut, { status: 0 })
  })

  it("that writes is waited for", async () => {
    const api = answering()
    const written = request("PUT", "config/a/b", { body: {} })
    await vi.advanceTimersByTimeAsync(600_000)
    api.head()
    api.write("{}")
    api.end()
    assert.deepStrictEqual(await written, {})
  })

  it("is dated by the clock of whoever answers", async () => {
    vi.setSystemTime(Date.UTC(2030, 0, 1))
    const api = answering()
    const read = datedRequest("GET", "status")
    api.head({ date: "Tue, 24 Nov 2026 12:00:00 GMT" })
    api.write("7")
    api.end()
    assert.deepStrictEqual(await read, { data: 7, now: Date.UTC(2026, 10, 24, 12, 0, 0, 999) })
  })
})

describe("serverTime", () => {
  const second = Date.UTC(2026, 10, 24, 12, 0, 5)
  const of = (browser: number) => serverTime(new Headers({ date: new Date(second).toUTCString() }), browser)

  it("is the browser's where that may be right, and else as near as the header allows", () => {
    assert.strictEqual(of(second + 420), second + 420)
    assert.strictEqual(of(second - 7_200_000), second)
    assert.strictEqual(of(second + 7_200_000), second + 999)
  })

  it("is the browser's without a header that can be read", () => {
    assert.strictEqual(serverTime(new Headers(), 5), 5)
    assert.strictEqual(serverTime(new Headers({ date: "soon" }), 5), 5)
  })
})
