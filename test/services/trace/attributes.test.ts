import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { parse } from "yaml"
import { type AttributeType, attributes, put, type SpanAttributes } from "../../../src/services/trace/attributes.ts"

interface Registry {
  readonly groups: ReadonlyArray<{
    readonly attributes?: ReadonlyArray<{ readonly id: string; readonly type: unknown }>
  }>
}

/** Names and types of the semantic conventions; an enumeration and `any` are text on a span. */
const registered = new Map(
  ["gen-ai-registry.yaml", "openai-registry.yaml"].flatMap((file) => {
    const registry: Registry = parse(
      readFileSync(new URL(`../../fixtures/otlp/semconv/${file}`, import.meta.url), "utf8")
    )
    return registry.groups.flatMap((group) => group.attributes ?? []).map(({ id, type }) => [id, typeOf(type)] as const)
  })
)

function typeOf(type: unknown): AttributeType {
  return type === "boolean" ? "bool" : type === "int" || type === "double" || type === "string[]" ? type : "string"
}

describe("the attribute table", () => {
  it("has the names and types of the GenAI and OpenAI conventions", () => {
    const ours = [...attributes].filter(([name]) => name.startsWith("gen_ai.") || name.startsWith("openai."))
    assert.isAbove(ours.length, 30)
    for (const [name, { type }] of ours) assert.strictEqual(type, registered.get(name), name)
  })

  it("calls content whatever can hold a word of the request or the answer", () => {
    const content = [...attributes].filter(([, attribute]) => attribute.content).map(([name]) => name)
    assert.sameMembers(content, [
      "gen_ai.input.messages",
      "gen_ai.output.messages",
      "gen_ai.request.stop_sequences",
      "gen_ai.system_instructions",
      "gen_ai.tool.definitions",
      "gateway.provider_error",
      "tfy.error_message",
      "tfy.input",
      "tfy.input_short_hand",
      "tfy.output"
    ])
  })

  it("takes nothing for a value that says nothing", () => {
    const target: SpanAttributes = {}
    put(target, "tfy.input", "")
    put(target, "gen_ai.response.finish_reasons", [])
    put(target, "gen_ai.request.temperature", Number.NaN)
    put(target, "gen_ai.usage.input_tokens", undefined)
    put(target, "gen_ai.usage.output_tokens", 0)
    put(target, "gateway.fallback", false)
    assert.deepStrictEqual(target, { "gen_ai.usage.output_tokens": 0, "gateway.fallback": false })
  })
})
