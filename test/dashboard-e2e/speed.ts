import { gzipSync } from "node:zlib"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Page, Response } from "playwright-core"
import { Browser, seenBy } from "./kit/Browser.ts"
import { Installation, tokens } from "./kit/Installation.ts"
import type { It } from "./kit/It.ts"
import { LARGE_END, LARGE_TRACE_ID, TRACES } from "./kit/seed.ts"

const KIB = 1024

/** What is promised on a machine of one's own; here others compute beside, so a load has this many times as long. */
const CROWDED = 3
const INTERACTIVE_MS = 1000

const longest = async (page: Page, from: number): Promise<number> =>
  Math.max(
    0,
    ...(await seenBy(page)).tasks.filter(({ startTime }) => startTime >= from).map(({ duration }) => duration)
  )

/** The least of three: what a page does itself it does each time, what a neighbour on the machine takes does not count. */
const leastOfThree = async (measure: () => Promise<number>): Promise<number> =>
  Math.min(await measure(), await measure(), await measure())

export const speed = (it: It): void => {
  it.effect("the first load takes at most 60 KiB of script, compressed, and the page answers within a second", () =>
    Effect.gen(function* () {
      const { url } = yield* Installation
      const { open, page } = yield* (yield* Browser).visit({ url, token: tokens.admin })
      yield* Effect.promise(async () => {
        const scripts: Array<Response> = []
        page.on("response", (response) => {
          if (response.request().resourceType() === "script") scripts.push(response)
        })
        await open("/")
        await page.getByRole("heading", { name: "Export" }).waitFor()
        await page.waitForLoadState("networkidle")
        const bodies = await Promise.all(scripts.map((script) => script.body()))
        const bytes = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0)

        const interactive = await leastOfThree(async () => {
          await open("/")
          // It answers when a click does something.
          await page.getByRole("link", { name: "Traces", exact: true }).click()
          await page.getByRole("heading", { name: "Traces", level: 1 }).waitFor()
          return page.evaluate<number>("performance.now()")
        })
        console.log(
          `first load: ${(bytes / KIB).toFixed(1)} KiB of script, answers after ${Math.round(interactive)} ms`
        )
        assert.isAbove(scripts.length, 1)
        assert.isAtMost(bytes, 60 * KIB)
        assert.isBelow(interactive, INTERACTIVE_MS * CROWDED)
      })
    })
  )

  it.effect("a list of ten thousand traces scrolls with few rows in the document and no task of more than 200 ms", () =>
    Effect.gen(function* () {
      const { url } = yield* Installation
      const { assertNoTrouble, open, page } = yield* (yield* Browser).visit({ url, token: tokens.viewer })
      yield* Effect.promise(async () => {
        await open("/traces")
        const list = page.locator(".trace-list")
        await list.locator("tbody tr").first().waitFor()
        // As the reader's own scrolling fetches it.
        await page.evaluate(`fetchAllByTest(".trace-list", ${TRACES})`)

        let frames = 0
        const task = await leastOfThree(async () => {
          const began = await page.evaluate<number>("performance.now()")
          frames = Math.max(frames, await page.evaluate<number>('scrollByTest(".trace-list")'))
          return longest(page, began)
        })
        const rows = await list.locator("tbody tr").count()
        console.log(
          `${TRACES} traces: ${frames} frames in a second of scrolling, longest task ${Math.round(task)} ms, ${rows} rows in the document`
        )
        assert.isBelow(rows, 80)
        assert.isBelow(task, 200)
        await assertNoTrouble()
      })
    })
  )

  it.effect("a trace of five megabytes opens without a task of more than a second", () =>
    Effect.gen(function* () {
      const { api, url } = yield* Installation
      const bytes = JSON.stringify((yield* api.get(`/api/traces/${LARGE_TRACE_ID}`)).body).length
      assert.isAbove(bytes, 4.8e6)
      const { assertNoTrouble, open, page } = yield* (yield* Browser).visit({ url, token: tokens.viewer })
      yield* Effect.promise(async () => {
        const task = await leastOfThree(async () => {
          await open(`/traces/${LARGE_TRACE_ID}`)
          await page.getByLabel("Content").getByText(LARGE_END, { exact: true }).waitFor()
          await page.getByText("Raw JSON").click()
          await page.getByLabel("Content").getByText('"summary": {').waitFor()
          return longest(page, 0)
        })
        console.log(`a trace of ${(bytes / 1e6).toFixed(1)} MB: longest task ${Math.round(task)} ms`)
        assert.isBelow(task, 1000)
        await assertNoTrouble()
      })
    })
  )
}
