import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Browser } from "./kit/Browser.ts"
import { ARCHIVE, Installation, tokens } from "./kit/Installation.ts"
import type { It } from "./kit/It.ts"
import { headings } from "./kit/places.ts"

/** Whatever changes something says so in its name. */
const WRITES = /^(save|add|create|delete|revoke|restore|send|replace|make one|remove(?! filter))/i

const NOT_FOR_VIEWERS = ["/playground", "/admins"]

export const viewer = (it: It): void => {
  it.effect(
    "a viewer sees every page that a viewer may, and nothing that writes; direct links say what is needed",
    () =>
      Effect.gen(function* () {
        const { url } = yield* Installation
        const { assertNoTrouble, context, open, page } = yield* (yield* Browser).visit({ url, token: tokens.viewer })

        yield* Effect.promise(async () => {
          const places = { ...headings, [`/settings/otel?destination=${ARCHIVE.name}`]: "OTEL Config" }
          for (const [place, heading] of Object.entries(places)) {
            if (NOT_FOR_VIEWERS.includes(place)) continue
            await open(place)
            await page.getByRole("heading", { name: heading, level: 1 }).waitFor()
            await page.locator(".skeleton").first().waitFor({ state: "detached" })
            for (const role of ["button", "link"] as const) {
              assert.strictEqual(
                await page.getByRole("main").getByRole(role, { name: WRITES }).count(),
                0,
                `${role} on ${place}`
              )
            }
          }
          await open(`/settings/otel?destination=${ARCHIVE.name}`)
          await page.getByText("Your role may look, and not change.").waitFor()
          for (const field of await page.getByRole("main").locator("input, select, textarea").all()) {
            assert.isFalse(
              await field.isEditable().catch(() => false),
              await field.evaluate((element) => element.outerHTML)
            )
          }
          assert.strictEqual(await page.getByRole("link", { name: "Playground" }).count(), 0)

          await open("/playground")
          await page.getByRole("heading", { name: "This needs the role editor" }).waitFor()
          for (const place of ["/audit?view=log", "/admins", "/admins?new=issuer"]) {
            await open(place)
            await page.getByRole("heading", { name: "This needs the role admin" }).waitFor()
          }
          await assertNoTrouble()

          // What is not shown is not allowed either.
          const { csrf } = await (await context.request.get(`${url}api/session`)).json()
          const refused = await context.request.delete(`${url}api/config/destination/${ARCHIVE.name}?base=1`, {
            headers: { "x-spangate-csrf": csrf }
          })
          assert.strictEqual(refused.status(), 403)
        })
      })
  )
}
