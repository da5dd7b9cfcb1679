import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { seriousFindings } from "../dashboard-e2e/kit/audit.ts"
import { Browser } from "../dashboard-e2e/kit/Browser.ts"
import { visitMock } from "./mock/visitMock.ts"

layer(Browser.layer, { excludeTestServices: true, timeout: "60 seconds" })("reading in the dashboard", (it) => {
  it.effect("back from a trace the list is as it was left, by Back and by the link", () =>
    Effect.gen(function* () {
      const { assertNoTrouble, open, page } = yield* visitMock({ traces: 1000 })
      yield* Effect.promise(async () => {
        await open("/traces?result=ok")
        const list = page.getByLabel("Traces, newest first")
        const rows = list.locator("tbody tr")
        await rows.first().waitFor()
        await list.evaluate((element) => element.scrollTo(0, element.scrollHeight))
        await page.getByText("200+ shown").waitFor()
        const row = rows.nth(12)
        const trace = await row.getByRole("link").getAttribute("href")
        const top = await list.evaluate((element) => element.scrollTop)
        assert.isAbove(top, 1000)

        const isAsItWas = async () => {
          await list.locator("tr.marked").waitFor()
          await page.getByText("200+ shown").waitFor()
          assert.strictEqual(new URL(page.url()).hash, "#/traces?result=ok")
          assert.strictEqual(await list.evaluate((element) => element.scrollTop), top)
          await page.locator(`.marked a[href="${trace}"]:focus`).waitFor()
        }
        await row.getByRole("link").click()
        const also = page.getByRole("link", { name: "Also in middleware" })
        assert.match((await also.getAttribute("href")) ?? "", /^https:\/\/acme\.middleware\.io\/traces\/[0-9a-f]{32}$/)
        await page.goBack()
        await isAsItWas()
        await page.keyboard.press("Enter")
        await page.getByRole("link", { name: "Back to traces" }).click()
        await isAsItWas()

        // From elsewhere it begins anew.
        await page.getByRole("link", { name: "Models" }).click()
        await page.getByRole("heading", { name: "Models", level: 1 }).waitFor()
        await open("/traces?result=ok")
        await page.getByText("100+ shown").waitFor()
        assert.strictEqual(await list.evaluate((element) => element.scrollTop), 0)
        await assertNoTrouble()
      })
    })
  )

  it.effect("j and k move between traces wherever the reader is, but not out of what is typed", () =>
    Effect.gen(function* () {
      const { open, page } = yield* visitMock({ traces: 50 })
      yield* Effect.promise(async () => {
        await open("/traces")
        await page.locator(".trace-list tbody tr").first().waitFor()
        const marked = (row: number) => page.locator(`tr.marked[aria-rowindex="${row}"] a:focus`).waitFor()
        await page.keyboard.press("j")
        await marked(1)
        await page.keyboard.press("j")
        await page.keyboard.press("ArrowDown")
        await marked(3)
        await page.keyboard.press("k")
        await marked(2)
        await page.keyboard.press("/")
        await page.keyboard.type("jk")
        await page.getByText("No trace is like that").waitFor()
        await page.keyboard.press("Escape")
        await page.locator(".trace-list tbody tr").first().waitFor()
      })
    })
  )

  it.effect("a copy button says so, and keeps its width", () =>
    Effect.gen(function* () {
      const { context, open, page } = yield* visitMock({ traces: 1 })
      yield* Effect.promise(async () => {
        await context.grantPermissions(["clipboard-read", "clipboard-write"])
        await open("/traces")
        await page.locator(".trace-list").getByRole("link").click()
        const copy = page.getByRole("button", { name: "Copy trace id" })
        const before = await copy.boundingBox()
        await copy.click()
        await page.getByRole("status").getByText("Copied").waitFor()
        assert.deepStrictEqual(await copy.boundingBox(), before)
        assert.include(page.url(), await page.evaluate<string>("navigator.clipboard.readText()"))
      })
    })
  )

  it.effect("a point of a chart leads to its traces, of one model where lines are by model", () =>
    Effect.gen(function* () {
      const { assertNoTrouble, open, page } = yield* visitMock({ traces: 500 })
      yield* Effect.promise(async () => {
        await open("/?range=15m&by=model")
        const plot = page.getByLabel("Requests", { exact: true }).locator(".u-over")
        await plot.waitFor()
        await page.locator(".tiles").evaluate((tiles) => tiles.setAttribute("data-same", ""))
        await page.getByText("1 h", { exact: true }).click()
        await page.locator("[aria-busy=false] .tiles[data-same]").waitFor()
        const box = await plot.boundingBox()
        assert.isNotNull(box)
        // Up to the line of the most frequent model, wherever it is: its name is then bright in the legend.
        await page.mouse.move(box.x + box.width / 2, box.y + 2)
        for (let y = 6; y < box.height; y += 4) {
          await page.mouse.move(box.x + box.width / 2, box.y + y)
          if ((await plot.page().locator(".chart").first().locator(".u-series[style*='opacity: 0.35']").count()) > 0)
            break
        }
        await page.mouse.down()
        await page.mouse.up()
        await page.waitForURL(/#\/traces\?/)
        const query = new URLSearchParams(new URL(page.url()).hash.split("?")[1])
        assert.strictEqual(query.get("model"), "openai-main/gpt-4o-mini")
        assert.strictEqual(Number(query.get("to")) - Number(query.get("from")), 60_000)
        await assertNoTrouble()
      })
    })
  )

  it.effect("before the first trace both pages say what to do, without a serious finding of axe", () =>
    Effect.gen(function* () {
      for (const width of [1440, 390]) {
        const { assertNoTrouble, open, page } = yield* visitMock({ traces: 0, destinations: [] }, width)
        yield* Effect.promise(async () => {
          for (const path of ["/", "/traces"]) {
            await open(path)
            await page.getByText("curl http://127.0.0.1:8787/v1/chat/completions").waitFor()
            await page.getByRole("link", { name: "Choose a destination" }).waitFor()
            assert.deepStrictEqual(await seriousFindings(page), [], path)
          }
          await page.getByRole("link", { name: "Choose a destination" }).click()
          await page.getByRole("button", { name: "Settings for all destinations" }).click()
          await page.getByRole("heading", { name: "For all destinations" }).waitFor()
          assert.deepStrictEqual(await seriousFindings(page), [])
          assert.isFalse(await page.evaluate("document.documentElement.scrollWidth > innerWidth"))
          await assertNoTrouble()
        })
      }
    })
  )

  it.effect("what counts for all destinations is saved from its defaults, and shown again", () =>
    Effect.gen(function* () {
      const { open, page } = yield* visitMock({ traces: 1 })
      yield* Effect.promise(async () => {
        await open("/settings/otel?section=common")
        const save = page.getByRole("button", { name: "Save" })
        await save.waitFor()
        assert.isTrue(await save.isDisabled())
        await page.getByText("Metadata only").click()
        await page.getByText("never leave the gateway's process").waitFor()
        await page.getByRole("button", { name: "Add attribute" }).click()
        await page.getByLabel("Attribute 1", { exact: true }).fill("service.name")
        await page.getByLabel("Value of service.name").fill("eu")
        await save.click()
        await page.getByText(/Saved as revision 13, in force on/).waitFor()
        await page.reload()
        await page.getByLabel("Value of service.name").waitFor()
        assert.isTrue(await page.getByLabel("Metadata only").isChecked())
        await page.getByRole("button", { name: /^middleware/ }).click()
        await page.getByText("The gateway captures metadata only").waitFor()
      })
    })
  )
})
