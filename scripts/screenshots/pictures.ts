import type { Browser, Page } from "playwright-core"
import { dialogues } from "./dialogues.ts"
import { ADMIN_TOKEN } from "./settings.ts"

export interface Pictured {
  /** Of the dashboard, with a slash at its end. */
  readonly url: string
  readonly traceId: string
  readonly theme: "light" | "dark"
  readonly width: number
}

const HEIGHT = 900

const drawn =
  "document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))"

const askInPlayground = async (page: Page) => {
  await page.getByRole("button", { name: "Make one for user:playground" }).click()
  await page.getByLabel("Model").selectOption("prod/assistant")
  await page.getByLabel("Message").fill(dialogues[0]?.ask ?? "")
  await page.getByLabel("Message").press("Enter")
  await page.getByRole("link", { name: "Open its trace" }).waitFor()
}

const testDestination = async (page: Page) => {
  await page.getByRole("button", { name: "Send test trace" }).click()
  await page.locator(".test-answer").waitFor()
}

interface Picture {
  readonly name: string
  readonly place: string
  /** What is done there first. */
  readonly act?: (page: Page) => Promise<void>
  /** Below 1, more of the page is in the picture. */
  readonly scale?: number
}

const pictures = (traceId: string): ReadonlyArray<Picture> => [
  { name: "overview", place: "/?range=6h" },
  { name: "traces", place: "/traces" },
  { name: "trace", place: `/traces/${traceId}` },
  { name: "otel-config", place: "/settings/otel?destination=middleware", act: testDestination, scale: 0.75 },
  { name: "models", place: "/models" },
  { name: "access", place: "/access" },
  { name: "audit", place: "/audit" },
  { name: "playground", place: "/playground", act: askInPlayground }
]

/** Opens page after page as an admin sees it, and hands each over once it is drawn. */
export const picture = async (
  browser: Browser,
  { url, traceId, theme, width }: Pictured,
  take: (name: string, page: Page) => Promise<unknown>
): Promise<void> => {
  for (const { name, place, act, scale = 1 } of pictures(traceId)) {
    const context = await browser.newContext({
      viewport: { width: width / scale, height: HEIGHT / scale },
      deviceScaleFactor: scale,
      colorScheme: theme
    })
    await context.request.post(`${url}api/session`, { data: { token: ADMIN_TOKEN } })
    const page = await context.newPage()
    await page.goto(`${url}#${place}`)
    await page.getByRole("heading", { level: 1 }).first().waitFor()
    await page.locator(".skeleton").first().waitFor({ state: "detached" })
    await page.waitForLoadState("networkidle")
    await act?.(page)
    await page.evaluate(drawn)
    await take(name, page)
    await context.close()
  }
}
