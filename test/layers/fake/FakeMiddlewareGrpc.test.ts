import { assert, describe, it } from "@effect/vitest"
import { status } from "@grpc/grpc-js"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import { type GrpcCode, grpcCodes } from "../../../src/layers/fake/middleware/GrpcStatus.ts"
import { retryDelayMillis } from "../../../src/layers/grpc/retryInfo.ts"
import { callGrpc } from "./grpcCalls.ts"
import { decodeResponseOfficially, encodeOfficially } from "./middleware/officialProtobuf.ts"
import { proto, requestOf, send } from "./middlewareCalls.ts"

const fresh = Effect.provide(FakeMiddleware.layer({ key: "secret", grpcPort: 0 }), { local: true })

const headers = { authorization: "secret" }
const body = encodeOfficially(requestOf(2))

describe("FakeMiddleware's gRPC", () => {
  it.live("holds the same spans as its HTTP does, compressed or not", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      yield* send(proto(requestOf(2)))
      for (const gzip of [false, true]) {
        const { code, message } = yield* callGrpc({ body, headers, gzip })
        assert.deepStrictEqual([code, message?.length], [status.OK, 0])
      }
      const { conflicts, duplicates, held, received } = middleware.stats()
      assert.deepStrictEqual(
        { conflicts, duplicates, held, received },
        { conflicts: 0, duplicates: 4, held: 2, received: 6 }
      )
      const [, plain, zipped] = middleware.requests()
      assert.deepStrictEqual([plain?.status, plain?.grpcStatus, plain?.export?.wireBytes], [200, 0, body.length])
      assert.isBelow(zipped?.export?.wireBytes ?? 0, body.length)
      assert.deepStrictEqual(
        middleware.payloads().map((payload) => Buffer.from(payload).equals(body)),
        [true, true, true]
      )
      assert.strictEqual(middleware.stats().connections, 3)
    }).pipe(fresh)
  )

  it.live("lets in the raw key, in the metadata or in every resource, and nothing else", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      const keyed = encodeOfficially(requestOf(1, { resource: { "mw.account_key": "secret" } }))
      const codeOf = (body: Uint8Array, headers: { readonly [name: string]: string } = {}) =>
        Effect.map(callGrpc({ body, headers }), ({ code }) => code)
      assert.strictEqual(yield* codeOf(body, headers), status.OK)
      assert.strictEqual(yield* codeOf(keyed), status.OK)
      assert.strictEqual(yield* codeOf(body, { authorization: "Bearer secret" }), status.UNAUTHENTICATED)
      assert.strictEqual(yield* codeOf(keyed, { authorization: "wrong" }), status.UNAUTHENTICATED)
      assert.strictEqual(yield* codeOf(body), status.UNAUTHENTICATED)
      assert.strictEqual(middleware.stats().refused, 3)
    }).pipe(fresh)
  )

  it.live("refuses another path, a broken message, and one that is too large", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      const wrongPath = yield* callGrpc({ body, headers, path: "/opentelemetry.Nothing/Export" })
      assert.strictEqual(wrongPath.code, status.UNIMPLEMENTED)
      const broken = yield* callGrpc({ body: Uint8Array.of(0x0a, 0xff), headers })
      assert.deepStrictEqual([broken.code, broken.details], [status.INTERNAL, "the message ends inside a field"])
      const big = encodeOfficially(requestOf(1, { resource: { filler: "x".repeat(5000) } }))
      for (const gzip of [false, true]) {
        assert.strictEqual((yield* callGrpc({ body: big, headers, gzip })).code, status.RESOURCE_EXHAUSTED)
      }
      assert.strictEqual((yield* callGrpc({ body: encodeOfficially(requestOf(1)), headers })).code, status.OK)
      assert.deepStrictEqual(
        middleware.requests().map(({ grpcStatus }) => grpcStatus),
        [status.UNIMPLEMENTED, status.INTERNAL, status.RESOURCE_EXHAUSTED, status.RESOURCE_EXHAUSTED, status.OK]
      )
    }).pipe(Effect.provide(FakeMiddleware.layer({ key: "secret", grpcPort: 0, maxBodyBytes: 1000 }), { local: true }))
  )

  it.live("plays the script: codes, RetryInfo, partial success, and statuses of HTTP as what they mean", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      middleware.script([
        { grpc: { code: "UNAVAILABLE", message: "später, 100 %", retryInfo: { delayMs: 1500 } } },
        { grpc: { code: "RESOURCE_EXHAUSTED", retryInfo: {} } },
        { partialSuccess: { rejectedSpans: 1, errorMessage: "too old" } },
        { status: 503 },
        { status: 401 },
        { status: 500 }
      ])
      const call = callGrpc({ body, headers })
      const detailsOf = (metadata: { get: (key: string) => ReadonlyArray<string | Buffer> }) => {
        const [bytes] = metadata.get("grpc-status-details-bin")
        return typeof bytes === "object" ? retryDelayMillis(bytes) : undefined
      }
      const unavailable = yield* call
      assert.deepStrictEqual([unavailable.code, unavailable.details], [status.UNAVAILABLE, "später, 100 %"])
      assert.strictEqual(detailsOf(unavailable.metadata), 1500)
      const exhausted = yield* call
      assert.deepStrictEqual([exhausted.code, detailsOf(exhausted.metadata)], [status.RESOURCE_EXHAUSTED, 0])
      const partial = yield* call
      assert.deepStrictEqual(decodeResponseOfficially(partial.message ?? Buffer.of()), {
        partialSuccess: { rejectedSpans: "1", errorMessage: "too old" }
      })
      assert.strictEqual(middleware.spans().length, 1)
      const codes: Array<number> = []
      for (let i = 0; i < 4; i++) codes.push((yield* call).code)
      assert.deepStrictEqual(codes, [status.UNAVAILABLE, status.UNAUTHENTICATED, status.UNKNOWN, status.OK])
      assert.deepStrictEqual(
        middleware.requests().map(({ accepted }) => accepted),
        [false, false, true, false, false, false, true]
      )
    }).pipe(fresh)
  )

  it.live("hangs until the client gives up, and sees it go; resets; takes spans and keeps silent", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      middleware.script([{ hang: true }, { reset: "before-head", accept: true }, { reset: "mid-body", body: "0123" }])
      const client = yield* Effect.forkChild(callGrpc({ body, headers }))
      const [request] = yield* middleware.untilRequests(1)
      yield* Fiber.interrupt(client)
      assert.isFalse(yield* request?.answered ?? Effect.succeed(true))
      assert.strictEqual((yield* callGrpc({ body, headers })).code, status.UNAVAILABLE)
      assert.strictEqual(middleware.stats().held, 2)
      assert.strictEqual((yield* callGrpc({ body, headers })).code, status.UNAVAILABLE)
      assert.strictEqual((yield* callGrpc({ body, headers })).code, status.OK)
      const [, , , last] = middleware.requests()
      assert.isTrue(yield* last?.answered ?? Effect.succeed(false))
    }).pipe(fresh)
  )

  it.live("has no gRPC port unless it is asked for", () =>
    Effect.gen(function* () {
      assert.isUndefined((yield* FakeMiddleware).grpcEndpoint)
    }).pipe(Effect.provide(FakeMiddleware.layer(), { local: true }))
  )

  it("knows gRPC's codes", () => {
    for (const [name, code] of Object.entries(grpcCodes)) assert.strictEqual(status[name as GrpcCode], code)
  })
})
