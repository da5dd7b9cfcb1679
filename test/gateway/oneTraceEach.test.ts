import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import type { Fault } from "../../src/layers/fake/provider/Fault.ts"
import { GatewayServer } from "../../src/layers/node-http/GatewayServer.ts"
import { post, rawClient } from "../layers/node-http/rawClient.ts"
import { Captured, gatewayLayer, sha256, TOKEN } from "./harness.ts"

const REQUESTS = 400
const AT_ONCE = 16

const faults: ReadonlyArray<Fault> = [
  "ok",
  "ok",
  "ok",
  "500",
  "429@1",
  "reset-before-head",
  "reset-mid-body@2",
  "end-mid-body@1",
  "hang-mid-body@2",
  "hang-before-head",
  "html",
  "empty",
  "error-in-200",
  "invalid-json",
  "wrong-content-type",
  "garbage",
  "error-event@1",
  "split-bytes",
  "huge-body@3000000",
  "bad-json-event"
]

/** Park and Miller's generator. */
const seeded = (seed: number) => {
  let state = seed
  return (below: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

const bodies = [
  (model: string, stream: boolean) =>
    JSON.stringify({ model, stream, max_tokens: 30, messages: [{ role: "user", content: "Say something" }] }),
  () => "{",
  (model: string) => JSON.stringify({ model: `${model}-none`, messages: [] })
]

/** A while, without a clock. */
const turns = (count: number) => Effect.forEach(Array.from({ length: count }), () => Effect.yieldNow, { discard: true })

/** How a client leaves, and after how many bytes of its answer. */
const leaves = ["stays", "stays", "resets", "closes", "half"] as const

/** One client with one request, which leaves as it likes; a call that hangs it leaves at some time. */
const visit = Effect.fnUntraced(function* (index: number) {
  const { port } = yield* GatewayServer
  const random = seeded(index + 1)
  const fault = faults[random(faults.length)] ?? "ok"
  const model = `${["openai", "claude"][random(2)]}/any-${fault.replace("@", "--")}`
  const body = bodies[random(12) > 10 ? 1 + random(2) : 0]?.(model, random(3) > 0) ?? ""
  const leave = fault.startsWith("hang") ? "closes" : leaves[random(leaves.length)]
  const path = random(3) === 0 ? "/v1/messages" : "/v1/chat/completions"
  const request = post(body, `authorization: Bearer ${TOKEN}\r\nconnection: close\r\n`, path)
  const c = yield* rawClient(port)
  const sent = random(8) === 0 ? random(request.length - 1) + 1 : request.length
  c.send(request.slice(0, sent))
  yield* c.sent
  if (sent < request.length) {
    c.socket.destroy()
  } else if (leave === "stays") {
    yield* c.closing
  } else if (leave === "resets") {
    // A reset may overtake what was sent: only once there is an answer has the request been seen for certain.
    yield* c.untilBytes(1)
    c.socket.resetAndDestroy()
  } else {
    yield* Effect.raceFirst(c.untilBytes(random(600) + 1), turns(random(60)))
    if (leave === "half") c.socket.end()
    else c.socket.destroy()
  }
  // A request is one from the end of its head on.
  return sent >= request.indexOf("\r\n\r\n") + 4
})

const yaml = (origin: string) => {
  const models = [...new Set(faults)]
    .map((fault) => `{ name: any-${fault.replace("@", "--")}, id: "fault-${fault}" }`)
    .join(", ")
  return `
providerAccounts:
  - { name: openai, type: openai, baseUrl: "${origin}/v1", apiKey: k, models: [${models}] }
  - { name: claude, type: anthropic, baseUrl: "${origin}", apiKey: k, models: [${models}] }
access: { tokens: [{ subject: "user:alice", sha256: ${sha256(TOKEN)}, models: ["*"] }] }
`
}

describe("whatever providers and clients do", () => {
  it.effect("each request has one trace, and nothing is left behind", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const captured = yield* Captured
      const visits = yield* Effect.forEach(
        Array.from({ length: REQUESTS }, (_, i) => i),
        (i) => Effect.scoped(visit(i)),
        { concurrency: AT_ONCE }
      )
      const requests = visits.filter((counts) => counts).length
      const outcomes: { [outcome: string]: number } = {}
      const ids = new Set<string>()
      for (let i = 0; i < requests; i++) {
        const { header } = yield* captured.next
        ids.add(header.traceId)
        outcomes[header.outcome] = (outcomes[header.outcome] ?? 0) + 1
        assert.isAtLeast(header.end, header.start)
        for (const attempt of header.attempts) {
          assert.isAtLeast(attempt.start, header.start)
          assert.isAtLeast(attempt.end, attempt.start)
          assert.isAtMost(attempt.end, header.end)
          assert.isAtMost(attempt.firstByte ?? attempt.start, attempt.end)
        }
        if (header.stream !== undefined) assert.isAtMost(header.stream.end, header.end)
        if (header.outcome === "completed") assert.isNumber(header.status)
        if (header.status === 200 && header.outcome === "completed") assert.isUndefined(header.errorType)
      }
      assert.strictEqual(ids.size, requests)
      for (const request of provider.requests()) yield* request.ended
      assert.strictEqual(yield* captured.left, 0)
      assert.hasAllKeys(outcomes, ["completed", "failed", "client_disconnected"])
    }).pipe(Effect.provide(gatewayLayer(yaml)))
  )
})
