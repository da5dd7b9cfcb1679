import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import type { Destination } from "../../../src/services/config/CompiledConfig.ts"
import { explainAccepted, explainFailure, type TestOutcome } from "../../../src/services/export/explainAnswer.ts"
import { Permanent, Retryable, SinkMisconfigured } from "../../../src/services/export/TraceSink.ts"

const KEY = "mw-canary-0123456789"

const destination = (over: Partial<Destination> = {}, authorization?: string): Destination => ({
  name: "d",
  endpoint: "https://acme.middleware.io:443/v1/traces",
  protocol: "http",
  encoding: "proto",
  headers: authorization === undefined ? {} : { authorization: Redacted.make(authorization) },
  excludeRequestData: false,
  compression: "gzip",
  resource: {},
  timeoutMs: 1000,
  maxBatchBytes: 1,
  maxBatchSpans: 1,
  onUnauthorized: "pause",
  redaction: { denyAttributes: [], mask: [] },
  sampling: { parent: "ignore", unsampledRate: 0, remoteParent: "parent" },
  exporter: "native",
  ...over
})

const elsewhere = { endpoint: "https://otlp.example.test/v1/traces" }
const grpc = { protocol: "grpc", endpoint: "https://otlp.example.test:4318" } as const

describe("failures", () => {
  const rows: ReadonlyArray<readonly [reason: string, of: Destination, outcome: TestOutcome, says: RegExp]> = [
    ["dns", destination(), "unreachable", /account's name/],
    ["dns", destination(elsewhere), "unreachable", /otlp\.example\.test cannot be resolved/],
    ["connection_refused", destination(), "unreachable", /acme\.middleware\.io:443/],
    ["connection_reset", destination({ endpoint: "http://h:443/" }), "unreachable", /begins with https/],
    ["connection_reset", destination({ endpoint: "https://h:4318/" }), "unreachable", /4318 does not speak TLS/],
    ["tls", destination(), "unreachable", /set ca/],
    ["tls", destination({ ca: "PEM" }), "unreachable", /against ca alone/],
    ["protocol", destination({ endpoint: "http://h:4317/v1/traces" }), "misconfigured", /choose protocol grpc/],
    ["protocol", destination(elsewhere), "misconfigured", /Check the port/],
    ["timeout", destination(), "unreachable", /raise timeoutMs/],
    ["http_400", destination(), "rejected", /other encoding/],
    [
      "http_401",
      destination({}, `Bearer ${KEY}`),
      "misconfigured",
      /begins with "Bearer".*Middleware takes the raw key/
    ],
    ["http_401", destination({}, KEY), "misconfigured", /copied whole/],
    ["http_401", destination(), "misconfigured", /No Authorization header is sent/],
    ["http_401", destination(elsewhere), "misconfigured", /No header is sent with a key/],
    ["http_401", destination(elsewhere, KEY), "misconfigured", /want "Bearer "/],
    ["http_401", destination(elsewhere, `Basic ${KEY}`), "misconfigured", /begins with "Basic"/],
    [
      "http_401",
      destination({ ...elsewhere, headers: { "x-key": Redacted.make(KEY) } }),
      "misconfigured",
      /names and values/
    ],
    ["http_403", destination({}, KEY), "misconfigured", /firewall/],
    ["http_404", destination({ endpoint: "https://h" }), "misconfigured", /no path.*\/v1\/traces/],
    ["http_404", destination({ endpoint: "https://h/otlp" }), "misconfigured", /used as it is/],
    ["http_404", destination(), "misconfigured", /host or port may be wrong/],
    ["http_405", destination(), "misconfigured", /no POST/],
    ["http_406", destination(), "misconfigured", /encoding json/],
    ["http_413", destination(), "rejected", /too large/],
    ["http_415", destination(), "misconfigured", /encoding json, or compression none/],
    ["http_415", destination({ encoding: "json", compression: "none" }), "misconfigured", /encoding proto\.$/],
    ["http_429", destination(), "unreachable", /later/],
    ["http_500", destination(), "rejected", /own log/],
    ["http_501", destination(), "rejected", /501/],
    ["http_502", destination(), "unreachable", /proxy/],
    ["http_503", destination(), "unreachable", /wait in the queue/],
    ["http_504", destination(), "unreachable", /proxy/],
    ["http_418", destination(), "rejected", /refused the test trace/],
    ["redirect", destination(), "misconfigured", /not followed/],
    ["response_too_large", destination(), "misconfigured", /web page/],
    ["not_grpc", destination(grpc), "misconfigured", /choose protocol http/],
    ["not_grpc", destination({ protocol: "grpc", endpoint: "https://h:443" }), "misconfigured", /usually 4317/],
    ["grpc_no_status", destination(grpc), "unreachable", /trailers/],
    ["grpc_unauthenticated", destination(grpc, KEY), "misconfigured", /does not accept the key/],
    ["grpc_permission_denied", destination(grpc, KEY), "misconfigured", /may not send/],
    ["grpc_unimplemented", destination(grpc), "misconfigured", /OTLP receiver/],
    ["grpc_not_found", destination(grpc), "misconfigured", /port 4317/],
    ["grpc_unavailable", destination(grpc), "unreachable", /later/],
    ["grpc_deadline_exceeded", destination(grpc), "unreachable", /in time/],
    ["grpc_resource_exhausted", destination(grpc), "rejected", /quota/],
    ["grpc_message_too_large", destination(grpc), "rejected", /too large/],
    ["grpc_invalid_argument", destination(grpc), "rejected", /not valid/],
    ["grpc_internal", destination(grpc), "rejected", /own log/]
  ]
  for (const [reason, of, outcome, says] of rows) {
    it(`${reason} at ${of.endpoint}: ${outcome}, ${says.source}`, () => {
      const explained = explainFailure(of, new Permanent({ reason, message: "its own words" }))
      assert.deepInclude(explained, { ok: false, reason, outcome, message: "its own words" })
      const text = `${explained.explanation} ${explained.remedy}`
      assert.match(text, says)
      assert.notInclude(text, KEY)
      assert.isAbove(explained.remedy.length, 10)
    })
  }

  it("what is worth another try is unreachable, and has no words of the destination", () => {
    const explained = explainFailure(destination(), new Retryable({ reason: "grpc_cancelled" }))
    assert.deepInclude(explained, { outcome: "unreachable", reason: "grpc_cancelled" })
    assert.isFalse("message" in explained)
  })

  it("an entry that cannot be opened names its part", () => {
    const explained = explainFailure(destination(), new SinkMisconfigured({ message: "ca is not valid" }))
    assert.deepInclude(explained, { outcome: "misconfigured", reason: "misconfigured", message: "ca is not valid" })
  })
})

describe("successes", () => {
  const accepted = (rejectedSpans: number, message?: string) =>
    explainAccepted(destination(), message === undefined ? { rejectedSpans } : { rejectedSpans, message })

  it("a plain one has nothing to mend", () =>
    assert.deepInclude(accepted(0), { ok: true, outcome: "accepted", reason: "accepted", remedy: "" }))
  it("a rejection is partial", () =>
    assert.deepInclude(accepted(2, "too old"), { ok: false, outcome: "partial", message: "too old" }))
  it("a warning is no failure", () => assert.deepInclude(accepted(0, "slow down"), { ok: true, outcome: "partial" }))
  it("a page of HTML is no receiver", () => {
    const explained = accepted(0, "the answer is not application/x-protobuf, so rejections stay unknown")
    assert.deepInclude(explained, { ok: false, outcome: "partial", reason: "not_otlp" })
    assert.match(explained.explanation, /web page/)
  })
})
