import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Browser } from "./kit/Browser.ts"
import { Installation, tokens } from "./kit/Installation.ts"
import type { It } from "./kit/It.ts"
import { pathPrefix } from "./kit/pathPrefix.ts"
import { headings } from "./kit/places.ts"

export const prefix = (it: It): void => {
  it.effect("behind a path prefix every page, login and a streamed answer work", () =>
    Effect.gen(function* () {
      const { url } = yield* Installation
      const behind = yield* pathPrefix(url)
      const { assertNoTrouble, page } = yield* (yield* Browser).visit({ url: behind })

      yield* Effect.promise(async () => {
        await page.goto(`${behind}#login=${tokens.admin}`)
        for (const heading of Object.values(headings)) {
          await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: heading, exact: true }).click()
          await page.getByRole("heading", { name: heading, level: 1 }).waitFor()
          assert.isTrue(page.url().startsWith(behind))
        }
        await page.getByRole("link", { name: "Playground" }).click()
        await page.getByRole("button", { name: "Make one for user:playground" }).click()
        await page.getByLabel("Message").fill("Through the prefix")
        await page.getByRole("button", { name: "Send" }).click()
        await page.getByRole("link", { name: "Open its trace" }).click()
        await page.getByLabel("Content").getByText("You said: Through the prefix").waitFor()
        await page.reload()
        await page.getByLabel("Content").getByText("You said: Through the prefix").waitFor()
        await assertNoTrouble()
      })
    })
  )
}
