import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"

const root = join(import.meta.dirname, "../..")
const page = readFileSync(join(root, "docs/control-plane.md"), "utf8")
const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => readFileSync(join(root, "src", name), "utf8"))
  .join("\n")

const all = (pattern: RegExp): ReadonlyArray<string> => [...page.matchAll(pattern)].map(([, found = ""]) => found)

it("the page on the control plane names variables, metrics, messages and pages that there are", () => {
  const variables = all(/`?(SPANGATE_[A-Z_]+)/g)
  assert.isAtLeast(new Set(variables).size, 10)
  for (const name of variables) assert.include(sources, `"${name}"`)
  const metrics = all(/`(spangate_[a-z_]+)`/g)
  assert.isAtLeast(metrics.length, 3)
  for (const name of metrics) assert.include(sources, `"${name}"`)
  for (const message of all(/"(is not published[^"]*|the database of configuration[^"]*)"/g)) {
    assert.include(sources, message)
  }
  for (const path of all(/\]\(([^)#:]+)\)/g)) assert.isTrue(existsSync(join(root, "docs", path)), path)
})
