import { connect } from "node:net"
import * as Effect from "effect/Effect"
import { encodeOfficially } from "../../../test/layers/fake/middleware/officialProtobuf.ts"
import { FakeMiddleware } from "./FakeMiddleware.ts"
import { FakeProvider } from "./FakeProvider.ts"
import { decodeProtobuf } from "./middleware/otlpProtobuf.ts"

process.on("uncaughtException", (e) => {
  console.log("UNCAUGHT", e)
  process.exit(1)
})
Effect.gen(function* () {
  const p = yield* FakeProvider
  const faults = [
    "split-bytes",
    "hang-mid-body",
    "slow-head@5",
    "huge-body",
    "comments",
    "reset-mid-body@2",
    "ok",
    "slow-first-token@3",
    "error-event",
    "garbage"
  ] as const
  yield* Effect.promise(async () => {
    for (let i = 0; i < 3000; i++) {
      const f = faults[i % faults.length]!
      const b = JSON.stringify({
        model: "fault-" + f,
        stream: i % 3 !== 0,
        max_tokens: 50,
        messages: [{ role: "user", content: "hi 🙂 there" }]
      })
      await new Promise<void>((r) => {
        const s = connect(p.port, "127.0.0.1")
        s.on("error", () => {})
        s.on("close", () => r())
        s.write(
          `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${Buffer.byteLength(b) + (i % 11 === 0 ? 5 : 0)}\r\n\r\n${b}`
        )
        setTimeout(() => (i % 2 ? s.resetAndDestroy() : s.destroy()), i % 7)
      })
    }
  })
  yield* p.untilConnections(0)
  console.log("stress ok", p.requestCount(), p.openConnections(), process.memoryUsage().rss >> 20)
  const big = "lorem ipsum dolor ".repeat(110)
  const req: any = {
    resourceSpans: [
      {
        resource: { attributes: [], droppedAttributesCount: 0 },
        schemaUrl: "",
        scopeSpans: [
          {
            scope: { name: "", version: "", attributes: [], droppedAttributesCount: 0 },
            schemaUrl: "",
            spans: Array.from({ length: 512 }, (_, i) => ({
              traceId: "ab".repeat(16),
              spanId: i.toString(16).padStart(16, "0"),
              parentSpanId: "",
              name: "x",
              kind: 2,
              flags: 257,
              traceState: "",
              startTimeUnixNano: 1n,
              endTimeUnixNano: 2n,
              attributes: Array.from({ length: 26 }, (_, k) => ({
                key: "attr.number." + k,
                value:
                  k < 2 && i % 5 < 2
                    ? { stringValue: big }
                    : k % 2
                      ? { stringValue: "some value" }
                      : { intValue: BigInt(k) }
              })),
              droppedAttributesCount: 0,
              events: [],
              droppedEventsCount: 0,
              links: [],
              droppedLinksCount: 0,
              status: { message: "", code: 0 }
            }))
          }
        ]
      }
    ]
  }
  const bytes = encodeOfficially(req)
  for (let i = 0; i < 20; i++) decodeProtobuf(bytes)
  const t = performance.now()
  for (let i = 0; i < 50; i++) decodeProtobuf(bytes)
  const us = ((performance.now() - t) * 1000) / 50 / 512
  console.log("decode us/span", us.toFixed(1), "bytes/span", (bytes.length / 512) | 0)
}).pipe(Effect.provide(FakeProvider.layer({ keep: 10 })), Effect.runPromise)
