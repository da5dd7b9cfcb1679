import { readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { parseGatewayConfig } from "../../src/layers/yaml/parseGatewayConfig.ts"

const text = readFileSync(new URL("../../docs/what-leaves.md", import.meta.url), "utf8")
const examples = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = ""]) => yaml.replace("<tenant>", "acme"))

it("the page on redaction shows a configuration that is one", () => {
  assert.strictEqual(examples.length, 1)
  for (const yaml of examples) {
    const parsed = parseGatewayConfig(yaml, { file: "what-leaves.md", env: { MIDDLEWARE_API_KEY: "k" } })
    assert.strictEqual(Result.getOrThrow(parsed).destinations[0]?.redaction.mask.length, 4)
  }
})
