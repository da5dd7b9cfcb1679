import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { pem, tlsFront } from "../contracts/delivery/servers.ts"
import { DESTINATION_KEY } from "../e2e/kit/world.ts"
import { Browser } from "./kit/Browser.ts"
import { Installation, tokens } from "./kit/Installation.ts"
import type { It } from "./kit/It.ts"
import { addMiddleware, OTEL, save, sendTest } from "./kit/otelPage.ts"

const CANARY = "canary-of-the-excluded-prompt"

export const otelConfig = (it: It): void => {
  it.effect("Middleware with the right key: the test passes, saving puts it in force, and requests arrive", () =>
    Effect.gen(function* () {
      const { chat, url } = yield* Installation
      const middleware = yield* FakeMiddleware
      const { assertNoTrouble, open, page } = yield* (yield* Browser).visit({ url, token: tokens.editor })

      yield* Effect.promise(async () => {
        await open(OTEL)
        await addMiddleware(page, { endpoint: middleware.endpoint, key: DESTINATION_KEY })
        assert.match(await sendTest(page, "accepted"), /The test trace was accepted .* took the test trace/)
        assert.strictEqual(middleware.requests().at(-1)?.headers.authorization, DESTINATION_KEY)
        await save(page)
        assert.strictEqual(
          await page.getByLabel("Value of Authorization").inputValue(),
          `•••• ${DESTINATION_KEY.slice(-4)}`
        )
        assert.notInclude(await page.content(), DESTINATION_KEY)
      })

      const { status, traceId } = yield* chat("Hello, Middleware")
      assert.strictEqual(status, 200)
      yield* middleware.untilTrace(traceId, 4)

      // What is sent shows in the list by itself; then it is deleted again.
      yield* Effect.promise(async () => {
        await page.getByRole("button", { name: "middleware healthy" }).waitFor()
        await page.getByRole("button", { name: "Delete", exact: true }).click()
        await page.getByRole("button", { name: "Delete destination" }).click()
        await page.getByText("middleware is deleted.").waitFor()
        await assertNoTrouble()
      })
    })
  )

  it.effect(
    "a Bearer key, a wrong host, a self-signed certificate and a wrong path: each says why and what to do",
    () =>
      Effect.gen(function* () {
        const { url } = yield* Installation
        const { endpoint, origin } = yield* FakeMiddleware
        const secure = yield* tlsFront(origin, { cert: pem("certificate"), key: pem("key") })
        const { assertNoTrouble, open, page } = yield* (yield* Browser).visit({ url, token: tokens.editor })

        yield* Effect.promise(async () => {
          await open(OTEL)
          const test = async (address: string, reason: string) => {
            await page.getByLabel("Traces Endpoint").fill(address)
            return sendTest(page, reason)
          }

          await addMiddleware(page, { endpoint, key: `Bearer ${DESTINATION_KEY}` })
          const bearer = await sendTest(page, "http_401")
          assert.include(bearer, "does not accept the key")
          assert.match(bearer, /What to do: .*Bearer.*raw key/)
          assert.notInclude(bearer, DESTINATION_KEY)

          await page.getByLabel("Value of Authorization").fill(DESTINATION_KEY)
          const host = await test("https://no-such-tenant.invalid/v1/traces", "dns")
          assert.match(
            host,
            /cannot be reached.*no-such-tenant\.invalid cannot be resolved\. What to do: Check its spelling/
          )

          const certificate = await test(`https://${secure}/v1/traces`, "tls")
          assert.match(
            certificate,
            /certificate is not trusted.*What to do: With a private certificate authority, set ca/
          )
          await page.getByText("Private certificate authority", { exact: true }).click()
          await page.getByLabel("Certificate (PEM)").fill(pem("certificate"))
          assert.include(await sendTest(page, "accepted"), "The test trace was accepted")
          await page.getByLabel("Certificate (PEM)").fill("")

          const path = await test(endpoint.replace("/traces", "/trace"), "http_404")
          assert.match(path, /nothing at this path\. What to do: .*\/v1\/traces/)

          assert.include(await test(endpoint, "accepted"), "The test trace was accepted")

          // A mistake that the API finds is shown at its field, and what was typed is still there.
          await page.getByLabel("Traces Endpoint").fill("middleware")
          await page.getByRole("button", { name: "Save", exact: true }).click()
          await page.locator(".field-error").waitFor()
          assert.strictEqual(await page.getByLabel("Traces Endpoint").getAttribute("aria-invalid"), "true")
          assert.strictEqual(await page.getByLabel("Value of Authorization").inputValue(), DESTINATION_KEY)
          await assertNoTrouble()
        })
      })
  )

  it.effect("with Exclude Request Data on, what was said does not leave, and is still seen here", () =>
    Effect.gen(function* () {
      const { chat, url } = yield* Installation
      const middleware = yield* FakeMiddleware
      const { assertNoTrouble, open, page } = yield* (yield* Browser).visit({ url, token: tokens.editor })

      yield* Effect.promise(async () => {
        await open(OTEL)
        await addMiddleware(page, { endpoint: middleware.endpoint, key: DESTINATION_KEY })
        await page.getByText(/attributes hold words of requests and answers, and leave$/).waitFor()
        await page.getByLabel("Exclude Request Data").check()
        await page.getByText(/attributes hold words of requests and answers, and stay here$/).waitFor()
        await page.locator(".preview").getByText("gen_ai.input.messages", { exact: true }).waitFor()
        await save(page)
      })

      const { text, traceId } = yield* chat(CANARY)
      assert.include(text, CANARY, "so it is in the answer as well")
      const spans = yield* middleware.untilTrace(traceId, 4)
      assert.isTrue(spans.some(({ span }) => span.attributes.some(({ key }) => key === "gen_ai.usage.input_tokens")))
      for (const payload of middleware.payloads()) {
        assert.notInclude(Buffer.from(payload).toString("latin1"), CANARY)
      }

      yield* Effect.promise(async () => {
        await open(`/traces?text=${CANARY}`)
        await page.locator(".trace-list a").first().click()
        await page.getByLabel("Content").getByText(CANARY, { exact: true }).waitFor()
        await page.getByLabel("Content").getByText(`You said: ${CANARY}`).waitFor()
        await assertNoTrouble()
      })
    })
  )
}
