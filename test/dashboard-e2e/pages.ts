import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Page } from "playwright-core"
import { seriousFindings } from "./kit/audit.ts"
import { Browser, seenBy, type Visit } from "./kit/Browser.ts"
import { ARCHIVE, Installation, tokens } from "./kit/Installation.ts"
import type { It } from "./kit/It.ts"
import { headings } from "./kit/places.ts"

/** Twenty loads, each looked at twice. */
const TIMEOUT_MS = 90_000

/** Beyond it readers lose their place (web.dev's "good"). */
const LAYOUT_SHIFT = 0.1

/** Everything a page asks the API for is there, and drawn. */
const settled = async (page: Page): Promise<void> => {
  await page.locator(".skeleton").first().waitFor({ state: "detached" })
  await page.evaluate(
    "document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))"
  )
}

/** Loads a place anew, and says what is wrong with it in either theme, and at the width of a phone. */
const findings = async ({ open, page }: Visit, place: string, heading: string): Promise<ReadonlyArray<string>> => {
  await open(place)
  await page.getByRole("heading", { name: heading, level: 1 }).first().waitFor()
  await settled(page)
  const { shifts } = await seenBy(page)
  const shift = shifts.reduce((sum, { value }) => sum + value, 0)
  const light = await seriousFindings(page)
  // Only colours depend on the theme.
  await page.emulateMedia({ colorScheme: "dark" })
  await page.locator("html[data-theme=dark]").waitFor()
  const dark = await seriousFindings(page, ["color-contrast", "link-in-text-block"])
  await page.emulateMedia({ colorScheme: "light" })
  return [
    ...(shift < LAYOUT_SHIFT ? [] : [`layout shift ${shift}: ${JSON.stringify(shifts)}`]),
    ...light,
    ...dark.map((finding) => `dark ${finding}`)
  ].map((finding) => `${place}: ${finding}`)
}

export const pages = (it: It): void => {
  it.effect(
    "every page in both themes: nothing serious for axe, no layout shift, no console error, no violation of the policy",
    () =>
      Effect.gen(function* () {
        const { chat, url } = yield* Installation
        const { traceId } = yield* chat("What do you say to axe?")
        const visit = yield* (yield* Browser).visit({ url, token: tokens.admin })
        const places = {
          ...headings,
          [`/traces/${traceId}`]: "POST /v1/chat/completions",
          [`/settings/otel?destination=${ARCHIVE.name}`]: "OTEL Config",
          "/models?account=openai": "Models",
          "/models?virtual=prod/chat": "Models",
          "/models?new=account": "Models",
          "/access?new=issuer": "Access",
          "/admins?new=issuer": "Administrators",
          "/audit?revision=1": "Audit",
          "/audit?view=log": "Audit",
          "/nowhere": "No such page"
        }
        yield* Effect.promise(async () => {
          const all: Array<string> = []
          for (const [place, heading] of Object.entries(places)) all.push(...(await findings(visit, place, heading)))
          assert.deepStrictEqual(all, [])
          await visit.assertNoTrouble()
        })

        const stranger = yield* (yield* Browser).visit({ url })
        yield* Effect.promise(async () => {
          assert.deepStrictEqual(await findings(stranger, "/", "Spangate"), [])
          await stranger.assertNoTrouble()
        })
      }),
    TIMEOUT_MS
  )

  it.effect("on a phone no page is wider than the screen", () =>
    Effect.gen(function* () {
      const { chat, url } = yield* Installation
      const { traceId } = yield* chat("What do you say to a phone?")
      const { assertNoTrouble, open, page } = yield* (yield* Browser).visit({ url, token: tokens.admin, width: 390 })
      yield* Effect.promise(async () => {
        const places = {
          ...headings,
          [`/traces/${traceId}`]: "POST /v1/chat/completions",
          "/models?account=openai": "Models"
        }
        for (const [place, heading] of Object.entries(places)) {
          await open(place)
          await page.getByRole("heading", { name: heading, level: 1 }).first().waitFor()
          await settled(page)
          assert.isAtMost(await page.evaluate<number>("document.documentElement.scrollWidth"), 390, place)
        }
        await page.getByRole("button", { name: "Navigation", exact: true }).click()
        await page.getByRole("link", { name: "OTEL Config" }).click()
        await page.getByRole("heading", { name: "OTEL Config", level: 1 }).waitFor()
        await assertNoTrouble()
      })
    })
  )
}
