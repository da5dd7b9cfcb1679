import { fileURLToPath } from "node:url"
import { assert } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { type BrowserContext, type Page, chromium as playwright } from "playwright-core"
import { chromium } from "./chromium.ts"

export interface VisitOptions {
  /** Where the dashboard is: `http://127.0.0.1:8788/`. */
  readonly url: string
  /** Logged in by this admin token, in the way that the login page does it. */
  readonly token?: string
  readonly width?: number
}

/** A browser of somebody's own, with a page that is not open yet. */
export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  /** Opens the dashboard at a place, the part behind `#`, as a link from elsewhere would. */
  readonly open: (place: string) => Promise<void>
  /** Console errors, uncaught errors, violations of the Content-Security-Policy, and files that are not there. */
  readonly assertNoTrouble: () => Promise<void>
}

/** What the page's watcher has seen. */
export interface Seen {
  /** What moved without being asked to, and how much of the window that was. */
  readonly shifts: ReadonlyArray<{ readonly value: number; readonly moved: ReadonlyArray<string> }>
  /** Tasks of more than 50 ms. */
  readonly tasks: ReadonlyArray<{ readonly startTime: number; readonly duration: number }>
  readonly refused: ReadonlyArray<string>
}

export const seenBy = (page: Page): Promise<Seen> => page.evaluate<Seen>("seenByTest()")

const WATCH = fileURLToPath(new URL("./watch.js", import.meta.url))
const PATIENCE_MS = 15_000

/** One Chromium for all tests of a file. Whoever visits has cookies and storage of their own. */
export class Browser extends Context.Service<
  Browser,
  { readonly visit: (options: VisitOptions) => Effect.Effect<Visit, never, Scope.Scope> }
>()("spangate/test/dashboard-e2e/Browser") {
  static readonly layer = Layer.effect(
    Browser,
    Effect.map(
      Effect.acquireRelease(
        Effect.promise(() =>
          playwright.launch({
            executablePath: chromium(),
            args: ["--no-sandbox", "--disable-gpu"],
            chromiumSandbox: false
          })
        ),
        (browser) => Effect.promise(() => browser.close())
      ),
      (browser) => {
        const context = (width: number) =>
          Effect.acquireRelease(
            Effect.promise(() => browser.newContext({ viewport: { width, height: 900 }, colorScheme: "light" })),
            (context) => Effect.promise(() => context.close())
          )
        return Browser.of({
          visit: Effect.fnUntraced(function* ({ url, token, width = 1440 }) {
            const own = yield* context(width)
            return yield* Effect.promise(() => begin(own, url, token))
          })
        })
      }
    )
  )
}

const begin = async (context: BrowserContext, url: string, token: string | undefined): Promise<Visit> => {
  context.setDefaultTimeout(PATIENCE_MS)
  await context.addInitScript({ path: WATCH })
  if (token !== undefined) {
    const answer = await context.request.post(`${url}api/session`, { data: { token } })
    assert.strictEqual(answer.status(), 200, await answer.text())
  }
  const page = await context.newPage()
  const trouble: Array<string> = []
  page.on("pageerror", (error) => trouble.push(String(error)))
  page.on("console", (message) => {
    // An answer of the API may be an error on purpose; of all other addresses, see below.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      trouble.push(message.text())
  })
  page.on("response", (response) => {
    if (response.status() >= 400 && !new URL(response.url()).pathname.includes("/api/")) {
      trouble.push(`${response.status()} ${response.url()}`)
    }
  })
  return {
    page,
    context,
    open: async (place) => {
      // From a page of nobody's: a change of what is behind # alone would load nothing.
      await page.goto("about:blank")
      await page.goto(`${url}#${place}`)
    },
    assertNoTrouble: async () => assert.deepStrictEqual([...trouble, ...(await seenBy(page)).refused], [])
  }
}
