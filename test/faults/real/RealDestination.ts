import { isDeepStrictEqual } from "node:util"
import { assert } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import type { ScriptedAnswer } from "../../../src/layers/fake/middleware/ScriptedAnswer.ts"
import { decodeJsonRequest } from "../../conformance/decodeJsonRequest.ts"
import { type DecodedSpan, decodeRequest } from "../../conformance/decodeRequest.ts"
import type { DestinationFault, Transport } from "../Schedule.ts"

const KEY = "canary-destination-key"

const GARBAGE = Buffer.from("\xff\xff no answer", "latin1")

/** Of the faults that are answers, in either transport. What breaks off has been taken before, which is the worst case. */
const ANSWERS: { readonly [fault in Exclude<DestinationFault, "refuse" | "flapping">]: ScriptedAnswer } = {
  ok: {},
  reset: { reset: "before-head", accept: true },
  hang: { hang: true, accept: true },
  "429": {
    status: 429,
    headers: { "retry-after": "1" },
    grpc: { code: "RESOURCE_EXHAUSTED", retryInfo: { delayMs: 1000 } }
  },
  "503": { status: 503 },
  "500": { status: 500 },
  "400": { status: 400 },
  "401": { status: 401 },
  "413": {
    status: 413,
    grpc: { code: "RESOURCE_EXHAUSTED", message: "grpc: received message larger than max (2 vs. 1)" }
  },
  partial: { partialSuccess: { rejectedSpans: 1, errorMessage: "too old" } },
  slow: { delayMs: 300 },
  garbage: { body: GARBAGE }
}

const FLAPPING = [{}, ANSWERS["503"], {}, ANSWERS.reset, {}]

/** A fake Middleware on real sockets, which can be gone and come back to the same ports. */
export const realDestination = Effect.fnUntraced(function* (transport: Transport) {
  const scope = yield* Effect.scope
  const all: Array<FakeMiddleware["Service"]> = []
  let ports = { port: 0, grpcPort: 0 }
  let open: { readonly middleware: FakeMiddleware["Service"]; readonly scope: Scope.Closeable } | undefined

  const come = Effect.gen(function* () {
    if (open !== undefined) return open.middleware
    const own = yield* Scope.fork(scope)
    const layer = FakeMiddleware.layer({ ...ports, key: KEY, maxSpans: 1_000_000, maxPayloadBytes: 1024 ** 3 })
    const middleware = Context.get(yield* Layer.buildWithScope(layer, own), FakeMiddleware)
    const portOf = (url: string | undefined) => Number(new URL(url ?? "").port)
    ports = { port: portOf(middleware.endpoint), grpcPort: portOf(middleware.grpcEndpoint) }
    all.push(middleware)
    open = { middleware, scope: own }
    return middleware
  }).pipe(Effect.orDie)

  const go = Effect.suspend(() => {
    const gone = open
    open = undefined
    return gone === undefined ? Effect.void : Scope.close(gone.scope, Exit.void)
  })

  const first = yield* come
  const [protocol, encoding] = transport === "grpc" ? ["grpc", "proto"] : transport.split("/")
  const endpoint = protocol === "grpc" ? first.grpcEndpoint : first.endpoint

  return {
    /** Its entry in the YAML; the key counts up, which makes it another entry each time. */
    entry: (version: number): string =>
      `{ name: a, endpoint: "${endpoint}", protocol: ${protocol}, encoding: ${encoding}, timeoutMs: 1500, ` +
      `headers: { Authorization: "${KEY}", X-Version: "${version}" } }`,
    set: Effect.fnUntraced(function* (fault: DestinationFault) {
      if (fault === "refuse") return yield* go
      const middleware = yield* come
      if (fault === "flapping") middleware.script(FLAPPING)
      middleware.always(ANSWERS[fault === "flapping" ? "ok" : fault])
    }),
    /** Distinct spans of a trace that it holds. */
    held: (traceId: string): number =>
      new Set(all.flatMap((middleware) => middleware.trace(traceId).map(({ span }) => span.spanId))).size,
    requests: (): number => all.reduce((sum, middleware) => sum + middleware.stats().requests, 0),
    /** What came again came the same; the resource may differ, since another process sent it again. */
    assertRepeatsAgree: () => {
      const decode = transport === "http/json" ? decodeJsonRequest : decodeRequest
      const seen = new Map<string, DecodedSpan>()
      for (const payload of all.flatMap((middleware) => middleware.payloads())) {
        for (const { scopeSpans } of decode(payload).resourceSpans ?? []) {
          for (const span of (scopeSpans ?? []).flatMap(({ spans }) => spans ?? [])) {
            const id = Buffer.concat([span.traceId ?? GARBAGE, span.spanId ?? GARBAGE]).toString("hex")
            const before = seen.get(id)
            if (before === undefined) seen.set(id, span)
            else assert.isTrue(isDeepStrictEqual(before, span), `span ${id} came again, and different`)
          }
        }
      }
    }
  }
})

export type RealDestination = Effect.Success<ReturnType<typeof realDestination>>
