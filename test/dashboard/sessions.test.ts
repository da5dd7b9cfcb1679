import { assert, layer, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Page } from "playwright-core"
import { Browser } from "../dashboard-e2e/kit/Browser.ts"
import { OTHER_TOKEN, TOKEN } from "./mock/mockApi.ts"
import { visitMock } from "./mock/visitMock.ts"

/** Leaves what is typed and not saved, and the playground's token. */
const leaveTraces = async (page: Page, open: (place: string) => Promise<void>) => {
  await open("/settings/otel?destination=collector")
  await page.evaluate(() => sessionStorage.setItem("spangate.playground.token", '{"token":"sg-mine"}'))
  await page.getByLabel("Traces Endpoint").fill("http://elsewhere:4318/v1/traces")
  await page.getByRole("navigation").getByRole("link", { name: "Models" }).click()
  await page.getByRole("heading", { name: "Models", level: 1 }).waitFor()
}

const logIn = async (page: Page, token: string) => {
  await page.getByLabel("Admin token").fill(token)
  await page.keyboard.press("Enter")
}

const assertNothingLeft = async (page: Page) => {
  await page.getByRole("navigation").getByRole("link", { name: "OTEL Config" }).click()
  await page.getByRole("button", { name: /^collector/ }).click()
  const endpoint = page.getByLabel("Traces Endpoint")
  await endpoint.waitFor()
  await vi.waitFor(async () => assert.strictEqual(await endpoint.inputValue(), "http://collector:4318/v1/traces"))
  assert.isNull(await page.evaluate(() => sessionStorage.getItem("spangate.playground.token")))
}

layer(Browser.layer, { excludeTestServices: true, timeout: "60 seconds" })("who is at the dashboard", (it) => {
  it.effect("whoever logs in after a log out finds nothing of the one before", () =>
    Effect.gen(function* () {
      const { assertNoTrouble, open, page } = yield* visitMock({ traces: 1 })
      yield* Effect.promise(async () => {
        await leaveTraces(page, open)
        await page.getByRole("button", { name: "Log out" }).click()
        await logIn(page, OTHER_TOKEN)
        await page.getByText("token:other").waitFor()
        await assertNothingLeft(page)
        await assertNoTrouble()
      })
    })
  )

  it.effect("another person after a session that ended by itself finds nothing either", () =>
    Effect.gen(function* () {
      const { assertNoTrouble, context, open, page } = yield* visitMock({ traces: 1 })
      yield* Effect.promise(async () => {
        await leaveTraces(page, open)
        await context.clearCookies()
        // A request that is under way may have ended it already: nothing is left to click then.
        await page.evaluate("location.hash = '#/'")
        await page.getByText("Your session has ended.").waitFor()
        await logIn(page, OTHER_TOKEN)
        await page.getByText("token:other").waitFor()
        await assertNothingLeft(page)
        await assertNoTrouble()
      })
    })
  )

  it.effect("a tab whose cookie is of a later login sees whose, and can log out", () =>
    Effect.gen(function* () {
      const { context, open, page } = yield* visitMock({ traces: 1 })
      yield* Effect.promise(async () => {
        await open("/models")
        await page.getByRole("button", { name: "Log out" }).waitFor()
        const url = new URL("api/session", page.url()).href
        await context.request.post(url, { data: { token: OTHER_TOKEN } })
        await page.getByRole("button", { name: "Log out" }).click()
        await page.getByText("token:other").waitFor()
        await page.getByRole("button", { name: "Log out" }).click()
        await logIn(page, TOKEN)
        await page.getByRole("heading", { name: "Models", level: 1 }).waitFor()
      })
    })
  )
})
