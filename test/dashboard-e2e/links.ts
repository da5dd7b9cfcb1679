import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Browser } from "./kit/Browser.ts"
import { Installation, tokens } from "./kit/Installation.ts"
import type { It } from "./kit/It.ts"

export const links = (it: It): void => {
  it.effect("filters, traces and searches are in the URL; back and forward lead through them", () =>
    Effect.gen(function* () {
      const { url } = yield* Installation
      const { assertNoTrouble, open, page } = yield* (yield* Browser).visit({ url })
      const rows = page.locator(".trace-list tbody tr")
      const query = () => new URLSearchParams(new URL(page.url()).hash.split("?")[1])

      yield* Effect.promise(async () => {
        // Not logged in yet: the place is still there afterwards.
        await open("/traces?result=error&status=502")
        await page.getByLabel("Admin token").fill(tokens.viewer)
        await page.getByRole("button", { name: "Log in" }).click()
        await rows.first().waitFor()
        assert.deepStrictEqual(
          [...new Set(await rows.locator(".chip").allInnerTexts())],
          ["error 502"],
          "only what the link asks for"
        )
        assert.isTrue(await page.getByLabel("Errors").isChecked())

        await page.getByRole("button", { name: "Remove filter HTTP status 502" }).click()
        await page.getByLabel("Search in prompts and answers").fill("Question 9983")
        await page.getByText("1 shown").waitFor()
        assert.deepStrictEqual(
          [...query()],
          [
            ["result", "error"],
            ["text", "Question 9983"]
          ]
        )
        const list = page.url()

        await rows.getByRole("link").click()
        await page.getByRole("heading", { name: "POST /v1/chat/completions" }).first().waitFor()
        const trace = page.url()
        assert.match(trace, /#\/traces\/[0-9a-f]{32}/)
        await page.goBack()
        await page.getByText("1 shown").waitFor()
        assert.strictEqual(page.url(), list)
        await page.goForward()
        await page.getByText("the provider did not answer").first().waitFor()
        assert.strictEqual(page.url(), trace)

        // An attribute leads to all traces like it.
        await page.getByRole("link", { name: "user:alice" }).first().click()
        await rows.first().waitFor()
        assert.strictEqual(query().get("subject"), "user:alice")

        await open(new URL(trace).hash.slice(1))
        await page.getByText("the provider did not answer").first().waitFor()
        await open(`/traces/${"f".repeat(32)}`)
        await page.getByText("No such trace").waitFor()
        await open("/no/such/page")
        await page.getByRole("heading", { name: "No such page" }).waitFor()
        await assertNoTrouble()
      })
    })
  )
}
