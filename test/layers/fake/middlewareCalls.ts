import * as Effect from "effect/Effect"
import { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import {
  type ExportTraceServiceRequest,
  emptyResource,
  emptyResourceSpans,
  emptyScopeSpans
} from "../../../src/layers/fake/middleware/OtlpTrace.ts"
import { type Call, exchange } from "./httpExchange.ts"
import { encodeOfficially, toOtlpJson } from "./middleware/officialProtobuf.ts"
import { heldSpan, SERVER, textAttributes } from "./middleware/spans.ts"

export const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
export const PROTO = "application/x-protobuf"

export const requestOf = (
  count: number,
  options: { readonly trace?: string; readonly resource?: { readonly [key: string]: string } } = {}
): ExportTraceServiceRequest => ({
  resourceSpans: [
    {
      ...emptyResourceSpans(),
      resource: { ...emptyResource(), attributes: textAttributes({ "service.name": "gateway", ...options.resource }) },
      scopeSpans: [
        {
          ...emptyScopeSpans(),
          spans: Array.from({ length: count }, (_, i) => {
            const id = (i + 1).toString(16).padStart(16, "0")
            const { span } = heldSpan({ trace: options.trace ?? TRACE, id, kind: SERVER, ms: 5, failed: i === 1 })
            return { ...span, name: `span ${i}`, attributes: textAttributes({ note: "canary-α" }) }
          })
        }
      ]
    }
  ]
})

export const proto = (request: ExportTraceServiceRequest, headers: { readonly [name: string]: string } = {}): Call => ({
  headers: { authorization: "secret", "content-type": PROTO, ...headers },
  body: encodeOfficially(request)
})

export const json = (request: ExportTraceServiceRequest, headers: { readonly [name: string]: string } = {}): Call => ({
  headers: { authorization: "secret", "content-type": "application/json", ...headers },
  body: JSON.stringify(toOtlpJson(request))
})

export const send = (call: Call) => Effect.flatMap(FakeMiddleware, ({ endpoint }) => exchange(endpoint, call))

export const get = (path: string, method = "GET") =>
  Effect.flatMap(FakeMiddleware, ({ uiOrigin }) => exchange(`${uiOrigin}${path}`, { method }))

export const fresh = FakeMiddleware.layer({ key: "secret" })
