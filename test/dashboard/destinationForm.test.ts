import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import {
  checkForm,
  endpointFor,
  headerAdvice,
  readDestination,
  writeDestination
} from "../../src/dashboard/pages/otel/destinationForm.ts"
import { fromPreset, presetOf, presets } from "../../src/dashboard/pages/otel/presets.ts"
import { OtelDestination } from "../../src/services/config/GatewayConfig.ts"

const stored = {
  name: "middleware",
  endpoint: "https://acme.middleware.io:443/v1/traces",
  headers: { Authorization: { set: true, lastFour: "7f3a" } },
  excludeRequestData: true,
  resource: { deployment: "eu-1" },
  redaction: { denyAttributes: ["client.address"] },
  maxBatchSpans: 100
}

describe("destination form", () => {
  it("gives back what was stored, fields that it does not show included", () => {
    assert.deepStrictEqual(writeDestination(readDestination(stored)), stored)
  })

  it("leaves out what is at its default", () => {
    assert.deepStrictEqual(
      writeDestination(
        readDestination({ name: "a", endpoint: "http://a", protocol: "http", encoding: "proto", headers: {} })
      ),
      { name: "a", endpoint: "http://a" }
    )
  })

  it("gRPC has no encoding", () => {
    const form = readDestination({ name: "a", endpoint: "http://a:4317", protocol: "grpc", encoding: "json" })
    assert.deepStrictEqual(writeDestination(form), { name: "a", endpoint: "http://a:4317", protocol: "grpc" })
  })

  it("switched off it says so", () => {
    assert.isFalse(writeDestination({ ...readDestination(stored), enabled: false })["enabled"])
  })

  const Body = Schema.Struct({
    name: Schema.Literals(["a", "b-1"]),
    endpoint: Schema.Literals(["http://a:4317", "https://b/v1/traces"]),
    protocol: Schema.optionalKey(Schema.Literals(["http", "grpc"])),
    compression: Schema.optionalKey(Schema.Literals(["gzip", "none"])),
    excludeRequestData: Schema.optionalKey(Schema.Boolean),
    resource: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
    timeoutMs: Schema.optionalKey(Schema.Int)
  })
  it.prop("reading what was written gives the same form", [Body], ([body]) => {
    const form = readDestination(body)
    const named = { ...form, resource: form.resource.filter(({ name }) => name.trim() === name && name !== "") }
    assert.deepStrictEqual(readDestination(writeDestination(named)), named)
  })

  it("a link to a trace is kept as it is, and what is to be filled in is named", () => {
    const linked = { ...stored, traceUrl: "https://a.example/{traceId}" }
    assert.deepStrictEqual(writeDestination(readDestination(linked)), linked)
    assert.notProperty(writeDestination({ ...readDestination(linked), traceUrl: " " }), "traceUrl")
    const left = readDestination({ ...stored, traceUrl: "https://<team>.example/{traceId}" })
    assert.deepStrictEqual(checkForm(left), { traceUrl: "Put your own in place of <team>." })
  })

  it("finds what would be lost or cannot work", () => {
    const form = readDestination({ name: " ", endpoint: "https://<tenant>.middleware.io/v1/traces" })
    const headers = [
      { name: "X-Key", value: "1" },
      { name: "x-key", value: "2" }
    ]
    assert.hasAllKeys(checkForm({ ...form, headers }), ["name", "endpoint", "headers"])
    assert.deepStrictEqual(checkForm(readDestination(stored)), {})
  })
})

describe("endpointFor", () => {
  it("leads from HTTP to gRPC and back", () => {
    for (const [http, grpc] of [
      ["http://localhost:4318/v1/traces", "http://localhost:4317"],
      ["https://acme.middleware.io:443/v1/traces", "https://acme.middleware.io:443"],
      ["https://api.honeycomb.io/v1/traces", "https://api.honeycomb.io"]
    ] as const) {
      assert.strictEqual(endpointFor("grpc", http), grpc)
      assert.strictEqual(endpointFor("http", grpc), http)
    }
  })

  it("a path of somebody's own stays", () => {
    assert.strictEqual(endpointFor("grpc", "https://a/custom"), "https://a/custom")
    assert.strictEqual(endpointFor("http", "https://a/custom"), "https://a/custom")
  })
})

describe("headerAdvice", () => {
  const at = "https://acme.middleware.io:443/v1/traces"

  it("Middleware takes no Bearer", () => {
    assert.include(headerAdvice(at, { name: "authorization", value: "Bearer abc" }), "Bearer")
    assert.isUndefined(headerAdvice(at, { name: "Authorization", value: "abc" }))
    assert.isUndefined(headerAdvice("https://b.io", { name: "Authorization", value: "Bearer abc" }))
  })

  it("a line end that was pasted along is seen", () => {
    assert.isString(headerAdvice("https://b.io", { name: "x-key", value: "abc\n" }))
  })
})

describe("presets", () => {
  it("each is a valid entry once what stands in <…> is filled in", () => {
    for (const preset of presets) {
      const body = writeDestination({ ...fromPreset(preset, []), headers: [] })
      const endpoint = preset.endpoint.replaceAll(/<[^>]*>/g, "acme")
      assert.isTrue(Schema.is(Schema.toEncoded(OtelDestination))({ ...body, endpoint }), preset.id)
      Schema.decodeUnknownSync(OtelDestination)({ ...body, endpoint })
    }
  })

  it("each example of a link to a trace is one that is accepted, once it is filled in", () => {
    for (const { id, traceUrl } of presets) {
      if (traceUrl === undefined) continue
      const body = { name: "a", endpoint: "http://a" }
      const form = { ...readDestination(body), traceUrl: traceUrl.replaceAll(/<[^>]*>/g, "acme") }
      assert.isTrue(Schema.is(Schema.toEncoded(OtelDestination))(writeDestination(form)), id)
    }
  })

  it("take a name that is free", () => {
    assert.strictEqual(fromPreset(presets[0]!, ["middleware", "middleware-2"]).name, "middleware-3")
  })

  it("are recognised by name or host", () => {
    assert.strictEqual(presetOf({ name: "middleware-2", endpoint: "" })?.id, "middleware")
    assert.strictEqual(presetOf({ name: "prod", endpoint: "https://api.honeycomb.io/v1/traces" })?.id, "honeycomb")
    assert.isUndefined(presetOf({ name: "prod", endpoint: "https://otel.acme.io/v1/traces" }))
  })
})
