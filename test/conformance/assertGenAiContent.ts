import { readFileSync } from "node:fs"
import { assert } from "@effect/vitest"
import { Ajv } from "ajv"

const ajv = new Ajv({ strict: false, validateFormats: false })

const schema = (file: string) =>
  ajv.compile(JSON.parse(readFileSync(new URL(`../fixtures/otlp/genai-schemas/${file}`, import.meta.url), "utf8")))

const schemas = {
  "gen_ai.input.messages": schema("gen-ai-input-messages.json"),
  "gen_ai.output.messages": schema("gen-ai-output-messages.json"),
  "gen_ai.system_instructions": schema("gen-ai-system-instructions.json"),
  "gen_ai.tool.definitions": schema("gen-ai-tool-definitions.json")
}

/** Asserts that the content attributes which are there are JSON of the GenAI conventions' schemas, v1.41. */
export const assertGenAiContent = (attributes: ReadonlyMap<string, unknown>): void => {
  for (const [key, validate] of Object.entries(schemas)) {
    const text = attributes.get(key)
    if (text === undefined) continue
    const valid = validate(JSON.parse(String(text)))
    assert.isTrue(valid, `${key}: ${ajv.errorsText(validate.errors)}`)
  }
}
