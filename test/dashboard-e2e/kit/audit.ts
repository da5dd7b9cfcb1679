import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { AxeResults } from "axe-core"
import type { Page } from "playwright-core"

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** What axe finds serious or critical on the page as it is, each with where. `only`: of these rules. */
export const seriousFindings = async (page: Page, only?: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axe)
  const options = only === undefined ? {} : { runOnly: { type: "rule", values: only } }
  const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(options)})`)
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(
      ({ help, id, nodes }) =>
        `${id}: ${help}: ${nodes.map(({ html, target }) => `${target} ${html.slice(0, 200)}`).join(", ")}`
    )
}
