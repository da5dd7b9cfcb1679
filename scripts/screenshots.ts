/**
 * node scripts/screenshots.ts: draws docs/images anew. A program with six hours of made-up traffic is started beside a
 * fake provider and a fake Middleware, and looked at with Chromium. Takes a minute; nothing leaves the machine.
 */
import { mkdirSync, statSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { chromium } from "playwright-core"
import { chromium as browserPath } from "../test/dashboard-e2e/kit/chromium.ts"
import { dashboardBuild } from "../test/dashboard-e2e/kit/dashboardBuild.ts"
import { installation } from "./screenshots/installation.ts"
import { picture } from "./screenshots/pictures.ts"

const images = join(import.meta.dirname, "..", "docs", "images")
const LARGEST = 250_000

const browser = Effect.acquireRelease(
  Effect.promise(() => chromium.launch({ executablePath: browserPath(), args: ["--no-sandbox", "--disable-gpu"] })),
  (browser) => Effect.promise(() => browser.close())
)

const screenshots = Effect.gen(function* () {
  yield* dashboardBuild
  const installed = yield* installation
  const opened = yield* browser
  mkdirSync(images, { recursive: true })
  const draw = (theme: "light" | "dark", suffix: string, wanted: (name: string) => boolean) =>
    Effect.promise(() =>
      picture(opened, { ...installed, theme, width: 1440 }, async (name, page) => {
        if (!wanted(name)) return
        const path = join(images, `${name}${suffix}.png`)
        await page.screenshot({ path })
        const { size } = statSync(path)
        if (size > LARGEST) throw new Error(`${path} has ${size} bytes, more than ${LARGEST}`)
      })
    )
  yield* draw("light", "", () => true)
  yield* draw("dark", "-dark", (name) => name === "overview" || name === "trace")
})

await Effect.runPromise(Effect.scoped(screenshots))
