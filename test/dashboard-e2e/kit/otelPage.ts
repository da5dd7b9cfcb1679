import { assert } from "@effect/vitest"
import type { Locator, Page } from "playwright-core"

export const OTEL = "/settings/otel"

/** Begins a destination with the Middleware preset, not saved yet. */
export const addMiddleware = async (page: Page, { endpoint, key }: { endpoint: string; key: string }) => {
  await page.getByRole("button", { name: "Add destination" }).click()
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Middleware/ })
    .click()
  await page.getByLabel("Traces Endpoint").fill(endpoint)
  await page.getByLabel("Value of Authorization").fill(key)
}

/** Presses the button, and gives what is shown of the answer once its reason is there, in view. */
export const sendTest = async (page: Page, reason: string): Promise<string> => {
  await page.getByRole("button", { name: "Send test trace" }).click()
  const answer = page
    .locator(".test-answer")
    .filter({ has: page.locator("code", { hasText: new RegExp(`^${reason}$`) }) })
  await inView(page, answer)
  return (await answer.innerText()).replace(/\s+/g, " ")
}

/** Nobody looks for what answers a click. */
const inView = async (page: Page, locator: Locator) => {
  const box = await locator.boundingBox()
  const { height } = page.viewportSize() ?? { height: 0 }
  assert.isTrue(box !== null && box.y >= 0 && box.y + box.height <= height, JSON.stringify(box))
}

/** Saves, and waits until every program has it. */
export const save = async (page: Page): Promise<void> => {
  await page.getByRole("button", { name: "Save", exact: true }).click()
  const saved = page.getByText(/Saved as revision \d+, in force on/)
  await saved.waitFor()
  await inView(page, saved)
}
