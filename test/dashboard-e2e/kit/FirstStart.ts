import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import * as Effect from "effect/Effect"
import { type Browser, chromium, type Page } from "playwright-core"
import { serving } from "../../e2e/kit/Program.ts"
import { temporaryDirectory } from "../../e2e/kit/temporaryDirectory.ts"
import { chromium as browserPath } from "./chromium.ts"
import { dashboardBuild } from "./dashboardBuild.ts"

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** What the tests read of the API's answers. */
interface Answered {
  readonly revision: number
  readonly body: { readonly [key: string]: unknown }
}

interface View {
  readonly width?: number
  readonly theme?: "light" | "dark"
  readonly token?: string
}

/** A first start of the program, and a browser. */
export const firstStart = Effect.gen(function* () {
  yield* dashboardBuild
  const directory = yield* temporaryDirectory
  const program = yield* serving({ directory })
  const [, url = "", token = ""] = yield* program.says(/(http:\/\/127\.0\.0\.1:\d+)\/#login=(\S+)/)
  const browser: Browser = yield* Effect.acquireRelease(
    Effect.promise(() => chromium.launch({ executablePath: browserPath(), args: ["--no-sandbox"] })),
    (browser) => Effect.promise(() => browser.close())
  )

  const open = async (hash: string, { width = 1440, theme = "light", token: as = token }: View = {}): Promise<Page> => {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: theme,
      reducedMotion: "reduce"
    })
    context.setDefaultTimeout(10_000)
    const page = await context.newPage()
    await page.goto(`${url}/#login=${as}`)
    await settled(page)
    await go(page, hash)
    return page
  }

  /** The API, as the admin of the first start. */
  const api = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}/api/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Answered
  }
  /** As if somebody else saved. */
  const put = async (kind: string, name: string, body: unknown) => {
    const { revision } = await api("GET", "config")
    return api("PUT", `config/${kind}/${encodeURIComponent(name)}`, { base: revision, body })
  }
  return { url, gateway: program.url, open, api, put }
})

/** Goes to a place, and waits until its page is there with what it shows. */
export const go = async (page: Page, hash: string): Promise<void> => {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
  // Two frames: the new page is rendered, and has begun to fetch.
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))")
  await settled(page)
}

const settled = async (page: Page): Promise<void> => {
  await page.locator("main :is(h1, h2)").first().waitFor()
  await page.locator(".skeleton").first().waitFor({ state: "detached" })
}

/** What axe has against a page that is serious or worse, and whether anything is wider than the window. */
export const faults = async (page: Page): Promise<ReadonlyArray<string>> => {
  await page.evaluate(axe)
  return page.evaluate<ReadonlyArray<string>>(FAULTS)
}

const FAULTS = `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth
  return [
    ...violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => id + ": " + nodes.map(({ target }) => target.join(" ")).join(", ")),
    ...(wide > 0 ? [wide + " px too wide"] : [])
  ]
})`
