import { assert, layer, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Page } from "playwright-core"
import type { Status } from "../../src/dashboard/api/types.ts"
import type { StoredTrace } from "../../src/services/store/TraceSummary.ts"
import { seriousFindings } from "../dashboard-e2e/kit/audit.ts"
import { Browser } from "../dashboard-e2e/kit/Browser.ts"
import { TOKEN } from "./mock/mockApi.ts"
import { visitMock } from "./mock/visitMock.ts"

const LONG = "a-really-long-name-that-nobody-should-give-to-a-destination"
const names = Array.from({ length: 30 }, (_, index) => (index % 7 === 3 ? `${LONG}-${index}` : `collector-${index}`))
const destinations = names.map((name) => ({ name, endpoint: "http://collector:4318/v1/traces" }))

/** Each fifth refuses its key; the figures are those of a large installation after a year. */
const thirty = (sample: Status): Status => {
  const [good, bad] = sample.destinations
  if (good?.ledger === undefined || bad?.ledger === undefined) return sample
  const healthy = { ...good, ledger: { ...good.ledger, deadLettered: 0 } }
  const refusing = { ...bad, ledger: { ...bad.ledger, queued: 123_456_789_012, deadLettered: 88_812_345_678 } }
  return {
    ...sample,
    destinations: names.map((name, index) => ({ ...(index % 5 === 0 ? refusing : healthy), name }))
  }
}

const tooWide = (page: Page) =>
  page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth")

layer(Browser.layer, { excludeTestServices: true, timeout: "60 seconds" })("the dashboard in trouble", (it) => {
  for (const width of [1440, 390]) {
    it.effect(`thirty destinations with long names and huge figures, at ${width} px: those in trouble come first`, () =>
      Effect.gen(function* () {
        const { assertNoTrouble, open, page } = yield* visitMock({ destinations, status: thirty }, width)
        yield* Effect.promise(async () => {
          await open("/")
          const trouble = page.getByRole("region", { name: "Trouble" })
          await trouble.getByText("6 of 30 destinations take nothing").waitFor()
          const rows = page.getByRole("region", { name: "Export" }).getByRole("listitem")
          const first = await rows.first().innerText()
          assert.match(first, /collector-0.*unauthorized.*123,456,789,012.*No delivery since .*\d\d:\d\d, for /s)
          assert.match(await rows.last().innerText(), /^collector-29\s+healthy\s+Delivered 3 s ago/)
          assert.isAtMost(await tooWide(page), 0)
          assert.deepStrictEqual(await seriousFindings(page), [])

          await trouble.getByRole("link", { name: "collector-25" }).click()
          const chosen = page.getByRole("button", { name: /^collector-25/ })
          await page.getByRole("form", { name: "Destination collector-25" }).waitFor()
          await page.locator(".destinations .chip").first().waitFor()
          const list = await page.locator(".destinations").boundingBox()
          const form = await page.getByRole("form", { name: "Destination collector-25" }).boundingBox()
          const box = await chosen.boundingBox()
          assert.isTrue(list !== null && form !== null && box !== null)
          if (list === null || form === null || box === null) return
          assert.isTrue(box.x >= list.x - 1 && box.x + box.width <= list.x + list.width + 1, "seen from side to side")
          assert.isTrue(box.y >= list.y - 1 && box.y + box.height <= list.y + list.height + 1, "seen from top to end")
          assert.isTrue(list.x + list.width <= form.x || list.y + list.height <= form.y, "the list is beside its form")
          assert.isAtMost(await tooWide(page), 0)
          await assertNoTrouble()
        })
      })
    )
  }

  it.effect("a store that is behind is told where traces are missed", () =>
    Effect.gen(function* () {
      const behind = (sample: Status): Status => {
        const ledger = sample.destinations[0]?.ledger
        return ledger === undefined
          ? sample
          : {
              ...sample,
              traceIngest: {
                waiting: false,
                ledger: { ...ledger, dropped: { store_behind: 7 }, queued: 5000, oldestAt: Date.now() - 720_000 }
              }
            }
      }
      const { assertNoTrouble, open, page } = yield* visitMock({ traces: 20, status: behind })
      yield* Effect.promise(async () => {
        await open("/traces")
        await page.getByText(/The trace store is 12 min \d+ s behind: 5,000 spans wait/).waitFor()
        await open("/")
        await page.getByRole("region", { name: "Trouble" }).getByText("The trace store is 12 min").waitFor()
        await page.getByText("7 spans not stored: store behind").waitFor()
        await assertNoTrouble()
      })
    })
  )

  it.effect("a browser whose clock is wrong alarms nobody", () =>
    Effect.gen(function* () {
      const well = (sample: Status): Status => ({ ...sample, destinations: sample.destinations.slice(0, 1) })
      const { open, page } = yield* visitMock({ traces: 20, status: well })
      yield* Effect.promise(async () => {
        await page.clock.install({ time: Date.now() + 7_200_000 })
        await open("/")
        await page
          .getByRole("region", { name: "Export" })
          .getByText(/^Delivered \d s ago/)
          .waitFor()
        assert.strictEqual(await page.getByRole("region", { name: "Trouble" }).count(), 0)
      })
    })
  )

  it.effect("a status that does not come keeps back no chart", () =>
    Effect.gen(function* () {
      const { assertNoTrouble, open, page } = yield* visitMock({ traces: 20 })
      yield* Effect.promise(async () => {
        let release = () => {}
        const held = new Promise<void>((resolve) => {
          release = resolve
        })
        await page.route("**/api/status", async (route) => {
          await held
          await route.continue()
        })
        await open("/")
        await page.getByRole("heading", { name: "Requests" }).waitFor({ timeout: 5000 })
        release()
        await page.getByRole("region", { name: "Export" }).waitFor()
        await assertNoTrouble()
      })
    })
  )

  it.effect("when the control plane is away what was seen stays, with its time, until it is back", () =>
    Effect.gen(function* () {
      const { open, page } = yield* visitMock({ traces: 20 })
      yield* Effect.promise(async () => {
        await page.clock.install()
        await open("/")
        await page.getByRole("heading", { name: "Requests" }).waitFor()
        await page.route("**/api/**", (route) => route.abort())
        // Nobody logs out whose cookie would still be good.
        await page.getByRole("button", { name: "Log out" }).click()
        await page.getByText("You are still logged in.").waitFor()
        await page.clock.fastForward("00:10")
        const old = page.getByText(/^As it was at \d\d:\d\d:\d\d: The control plane does not answer/)
        await old.first().waitFor()
        assert.isTrue(await page.getByRole("heading", { name: "Requests" }).isVisible())
        await page.unroute("**/api/**")
        await page.clock.fastForward("00:10")
        await old.first().waitFor({ state: "detached" })
      })
    })
  )

  it.effect("a session that ends while somebody types loses nothing of it", () =>
    Effect.gen(function* () {
      const { context, open, page } = yield* visitMock({})
      yield* Effect.promise(async () => {
        await open("/settings/otel?destination=collector")
        await page.getByLabel("Traces Endpoint").fill("http://elsewhere:4318/v1/traces")
        await context.clearCookies()
        await page.getByRole("button", { name: "Save", exact: true }).click()
        await page.getByText("Your session has ended.").waitFor()
        assert.deepStrictEqual(await seriousFindings(page), [])
        await page.getByLabel("Admin token").fill(TOKEN)
        await page.keyboard.press("Enter")
        await page.getByLabel("Traces Endpoint").waitFor()
        assert.strictEqual(await page.getByLabel("Traces Endpoint").inputValue(), "http://elsewhere:4318/v1/traces")
        await page.getByRole("button", { name: "Save", exact: true }).click()
        await page.getByText(/Saved as revision/).waitFor()
      })
    })
  )

  it.effect("the step that is not over is drawn apart in every chart, and said to be so far", () =>
    Effect.gen(function* () {
      const { assertNoTrouble, open, page } = yield* visitMock({ traces: 20 })
      yield* Effect.promise(async () => {
        // What is drawn dashed, by the canvas that it is drawn on.
        await page.addInitScript(`
          globalThis.dashed = new Set()
          const setLineDash = CanvasRenderingContext2D.prototype.setLineDash
          CanvasRenderingContext2D.prototype.setLineDash = function (dash) {
            if (dash.length > 0) dashed.add(this.canvas)
            return setLineDash.call(this, dash)
          }`)
        await open("/")
        const charts = () => page.evaluate<number>("dashed.size")
        await vi.waitFor(async () => assert.strictEqual(await charts(), 6), { timeout: 5000 })
        const plot = page.getByRole("region", { name: "Requests" }).locator(".u-over")
        await plot.waitFor()
        const box = await plot.boundingBox()
        await plot.hover({ position: { x: (box?.width ?? 0) - 2, y: 40 } })
        const legend = page.getByRole("region", { name: "Requests" }).locator(".u-legend")
        await legend.getByText(/\d\d:\d\d, so far/).waitFor()
        await plot.hover({ position: { x: 20, y: 40 } })
        await legend.getByText(/so far/).waitFor({ state: "detached" })
        await assertNoTrouble()
      })
    })
  )

  it.effect("a trace of too many large requests shows each of them, its content when it is looked at", () =>
    Effect.gen(function* () {
      const { assertNoTrouble, open, page } = yield* visitMock({ traces: 20 })
      yield* Effect.promise(async () => {
        await page.route(/api\/traces\/[0-9a-f]{32}/, async (route) => {
          const answer = await route.fetch()
          const [trace]: ReadonlyArray<StoredTrace> = await answer.json()
          if (trace === undefined) return route.fulfill({ response: answer })
          const request = (spanId: string) => ({ ...trace, summary: { ...trace.summary, spanId } })
          const wanted = new URL(route.request().url()).searchParams.get("spanId")
          const without = trace.spans.map((span) => ({ ...span, attributes: {} }))
          const all = Array.from({ length: 300 }, (_, index) => ({
            ...request(index.toString(16).padStart(16, "0")),
            ...(index === 0 ? {} : { spans: without, shortened: true })
          }))
          return route.fulfill({ json: wanted === null ? all : [request(wanted)] })
        })
        await open("/traces")
        await page.locator(".trace-list tbody a").first().click()
        const choice = page.getByLabel("Request 1 of 300")
        await choice.waitFor()
        const content = page.getByLabel("Content")
        const answered = content.getByRole("cell", { name: "drain" })
        await answered.waitFor()
        const said = await content.innerText()
        // Arrow keys change it at each step: none is fetched on the way.
        const places = await page.evaluate<number>("history.length")
        await choice.evaluate((element) => {
          if (!(element instanceof HTMLSelectElement)) return
          for (const index of [1, 2, 3, 299]) {
            element.selectedIndex = index
            element.dispatchEvent(new Event("change", { bubbles: true }))
          }
        })
        await page.getByText("Request 300 of 300").waitFor()
        assert.strictEqual(await page.evaluate<number>("history.length"), places + 1)
        await answered.waitFor()
        assert.strictEqual(await content.innerText(), said)
        assert.strictEqual(await page.getByText("is not shown").count(), 0)
        assert.deepStrictEqual(await seriousFindings(page), [])
        await assertNoTrouble()
      })
    })
  )
})
