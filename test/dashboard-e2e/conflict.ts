import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Browser } from "./kit/Browser.ts"
import { ARCHIVE, Installation, tokens } from "./kit/Installation.ts"
import type { It } from "./kit/It.ts"
import { OTEL, save } from "./kit/otelPage.ts"

const THEIRS = "http://127.0.0.1:9/theirs/v1/traces"
const PLACE = `${OTEL}?destination=${ARCHIVE.name}`

export const conflict = (it: It): void => {
  it.effect(
    "two browsers edit one destination: the second sees both as a diff, and loses nothing of what it typed",
    () =>
      Effect.gen(function* () {
        const { api, url } = yield* Installation
        const browser = yield* Browser
        const first = yield* browser.visit({ url, token: tokens.admin })
        const second = yield* browser.visit({ url, token: tokens.editor })
        const page = second.page
        const dialog = page.getByRole("dialog", { name: "Somebody else changed this meanwhile" })
        const attribute = page.getByLabel("Attribute 1", { exact: true })
        const value = page.getByLabel("Value of deployment.environment.name")
        const saveMine = page.getByRole("button", { name: "Save", exact: true })

        yield* Effect.promise(async () => {
          await Promise.all([first.open(PLACE), second.open(PLACE)])
          await page.getByRole("button", { name: "Add attribute" }).click()
          await attribute.fill("deployment.environment.name")
          await value.fill("blue")

          await first.page.getByLabel("Traces Endpoint").fill(THEIRS)
          await save(first.page)

          await saveMine.click()
          await dialog.waitFor()
          const diff = await dialog.innerText()
          for (const part of [THEIRS, ARCHIVE.endpoint, "deployment.environment.name", "blue"])
            assert.include(diff, part)
          assert.notInclude(diff, ARCHIVE.key)

          await dialog.getByRole("button", { name: "Go on editing" }).click()
          assert.strictEqual(await attribute.inputValue(), "deployment.environment.name")
          assert.strictEqual(await value.inputValue(), "blue")
          assert.strictEqual(await page.getByLabel("Traces Endpoint").inputValue(), ARCHIVE.endpoint)

          // A look at another page loses nothing either.
          await page.getByRole("link", { name: "Traces", exact: true }).click()
          await page.getByRole("heading", { name: "Traces" }).waitFor()
          await page.goBack()
          assert.strictEqual(await value.inputValue(), "blue")

          await saveMine.click()
          await dialog.getByRole("button", { name: "Save mine" }).click()
          await page.getByText(/Saved as revision \d+, in force on/).waitFor()
        })

        const { body } = (yield* api.get(`/api/config/destination/${ARCHIVE.name}`)).body
        assert.strictEqual(body.endpoint, ARCHIVE.endpoint)
        assert.deepStrictEqual(body.resource, { "deployment.environment.name": "blue" })
        assert.deepStrictEqual(body.headers, { Authorization: { set: true, lastFour: ARCHIVE.key.slice(-4) } })

        // The first one now is the one behind, and takes what is there.
        yield* Effect.promise(async () => {
          await first.page.getByLabel("Compression").selectOption("none")
          await first.page.getByRole("button", { name: "Save", exact: true }).click()
          await first.page.getByRole("dialog").getByRole("button", { name: "Take theirs" }).click()
          await first.page.getByLabel("Value of deployment.environment.name").waitFor()
          assert.strictEqual(await first.page.getByLabel("Compression").inputValue(), "gzip")
          await first.page.getByRole("button", { name: "Save", exact: true, disabled: true }).waitFor()
          await first.assertNoTrouble()
          await second.assertNoTrouble()
        })
      })
  )
}
