import { assert, describe, it } from "@effect/vitest"
import { resourceAttributes } from "../../../src/services/trace/resource.ts"

const detected = { version: "0.1.0", instanceId: "b6a1", hostName: "node-7" }

describe("resourceAttributes", () => {
  it("says who sends, without any configuration", () => {
    assert.deepStrictEqual(resourceAttributes({ common: {}, destination: {}, detected }), {
      "service.name": "spangate",
      "service.version": "0.1.0",
      "service.instance.id": "b6a1",
      "host.name": "node-7",
      "host.id": "node-7",
      "telemetry.sdk.name": "spangate",
      "telemetry.sdk.language": "nodejs",
      "telemetry.sdk.version": "0.1.0"
    })
  })

  it("lets the destination override the common attributes, and these what was detected", () => {
    const attributes = resourceAttributes({
      common: { "service.name": "spangate-eu", "host.id": "i-1", deployment: "all" },
      destination: { deployment: "eu-1" },
      detected: { ...detected, hostId: "machine" }
    })
    assert.strictEqual(attributes["service.name"], "spangate-eu")
    assert.strictEqual(attributes["host.id"], "i-1")
    assert.strictEqual(attributes["deployment"], "eu-1")
  })

  it("puts the platform under the environment, and that under the configuration", () => {
    const attributes = resourceAttributes({
      common: { c: "common" },
      destination: {},
      detected: {
        ...detected,
        platform: { a: "platform", b: "platform", c: "platform" },
        environment: { b: "environment", c: "environment", a: "" }
      }
    })
    assert.deepInclude(attributes, { a: "platform", b: "environment", c: "common" })
  })

  it("never loses the service's name, nor the SDK's, nor carries an empty value", () => {
    const attributes = resourceAttributes({
      common: { "service.name": "", "telemetry.sdk.name": "opentelemetry", empty: "" },
      destination: { "": "x" },
      detected
    })
    assert.strictEqual(attributes["service.name"], "spangate")
    assert.strictEqual(attributes["telemetry.sdk.name"], "spangate")
    assert.notInclude(Object.values(attributes), "")
    assert.notProperty(attributes, "")
  })
})
