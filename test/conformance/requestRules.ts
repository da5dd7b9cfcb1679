import { assert } from "@effect/vitest"
import { SCHEMA_URL } from "../../src/services/trace/attributes.ts"
import type { DecodedRequest } from "./decodeRequest.ts"

/** Check 3: one resource and one scope around at least one span. */
export const assertEnvelope = ({ resourceSpans }: DecodedRequest): void => {
  assert.strictEqual(resourceSpans?.length, 1, "one resource a request")
  for (const { scopeSpans } of resourceSpans ?? []) {
    assert.strictEqual(scopeSpans?.length, 1, "one scope a request")
    for (const { spans } of scopeSpans ?? []) assert.isNotEmpty(spans ?? [], "no empty envelope")
  }
}

/** Check 21: who sends, once a request, in the words of one schema. */
export const assertResource = ({ resourceSpans }: DecodedRequest): void => {
  for (const { resource, schemaUrl, scopeSpans } of resourceSpans ?? []) {
    const attributes = new Map((resource?.attributes ?? []).map(({ key, value }) => [key, value?.stringValue ?? ""]))
    assert.strictEqual(attributes.size, resource?.attributes?.length, "resource keys are unique")
    for (const key of ["service.name", "service.version", "service.instance.id", "host.name", "telemetry.sdk.name"]) {
      assert.isNotEmpty(attributes.get(key) ?? "", key)
    }
    assert.notMatch(attributes.get("service.name") ?? "", /^unknown_service/)
    assert.strictEqual(schemaUrl, SCHEMA_URL)
    for (const { schemaUrl, scope } of scopeSpans ?? []) {
      assert.isNotEmpty(scope?.name ?? "")
      assert.isNotEmpty(scope?.version ?? "")
      assert.strictEqual(schemaUrl, SCHEMA_URL)
    }
  }
}
