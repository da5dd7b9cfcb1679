import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { serving } from "../e2e/kit/Program.ts"
import { temporaryDirectory } from "../e2e/kit/temporaryDirectory.ts"
import { Browser } from "./kit/Browser.ts"
import type { It } from "./kit/It.ts"

/** What a stranger may need; a test needs no time to read. */
const STRANGER_SECONDS = 120

const curl = (line: string) => promisify(execFile)("bash", ["-c", line], { encoding: "utf8" })

export const firstRun = (it: It): void => {
  it.effect("from a first start by what it prints to the first traces on screen", () =>
    Effect.gen(function* () {
      const began = performance.now()
      const directory = yield* temporaryDirectory
      const program = yield* serving({ directory, env: { SPANGATE_CONFIG: "", SPANGATE_DATA: "" } })
      const [link = ""] = yield* program.says(/http\S+\/#login=\S+/)
      const [line = ""] = /^ {2}curl -N .*$/m.exec(program.stdout()) ?? []
      const browser = yield* Browser
      const { assertNoTrouble, page } = yield* browser.visit({ url: "" })

      yield* Effect.promise(async () => {
        await page.goto(link)
        await page.getByRole("link", { name: "Traces", exact: true }).click()
        await page.getByText("No trace yet").waitFor()
        assert.notInclude(page.url(), "sga-", "the token is out of the address bar")

        // The list is open and live: nothing is pressed.
        await curl(line)
        await page.locator(".trace-list").getByText("Hello, Spangate!").waitFor()
        console.log(`first trace after ${Math.round(performance.now() - began)} ms`)

        await page.getByRole("link", { name: "Playground" }).click()
        await page.getByRole("button", { name: "Make one for user:playground" }).click()
        await page.getByLabel("Message").fill("Is anybody there?")
        await page.getByLabel("Message").press("Enter")
        await page.getByText("Nice to meet you!").waitFor()
        await page.getByRole("link", { name: "Open its trace" }).click()
        await page.getByRole("heading", { name: "POST /v1/chat/completions" }).first().waitFor()
        const content = page.getByLabel("Content")
        await content.getByText("Is anybody there?", { exact: true }).waitFor()
        await content.getByText("Nice to meet you!").waitFor()
        await assertNoTrouble()
      })
      const seconds = (performance.now() - began) / 1000
      console.log(`first start, login, curl, playground and trace: ${seconds.toFixed(1)} s`)
      assert.isBelow(seconds, STRANGER_SECONDS)
    })
  )
}
