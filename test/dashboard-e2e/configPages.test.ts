import { createHash } from "node:crypto"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { faults, firstStart, go } from "./kit/FirstStart.ts"

describe("models, access, audit and playground", () => {
  const scope = Scope.makeUnsafe()
  let dash: Effect.Success<typeof firstStart>
  beforeAll(async () => {
    dash = await Effect.runPromise(Scope.provide(firstStart, scope))
  })
  it("a page whose code comes late does not hide the one that the reader has gone on to", async () => {
    const page = await dash.open("#/models")
    const late = Promise.withResolvers<void>()
    await page.route(/\/assets\/Playground.*\.js$/, async (route) => {
      await late.promise
      await route.continue()
    })
    await page.evaluate("location.hash = '#/playground'")
    await page.locator(".skeleton").first().waitFor()
    await page.evaluate("location.hash = '#/audit'")
    late.resolve()
    await page.getByRole("heading", { name: "Audit" }).first().waitFor()
    await page.locator(".skeleton").first().waitFor({ state: "detached" })
    await page.context().close()
  })

  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

  const account = (name: string, more = {}) => ({
    name,
    type: "openai",
    apiKey: "sk-0123456789abcd",
    models: [{ name: "gpt-4o-mini" }],
    ...more
  })
  const bodyOf = async (kind: string, name: string) =>
    (await dash.api("GET", `config/${kind}/${encodeURIComponent(name)}`)).body

  it("an OpenAI account with a model is three fields; what is refused stays as it was typed", async () => {
    const page = await dash.open("#/models")
    await page.getByRole("link", { name: "Add account" }).click()
    await page.getByRole("link", { name: /^OpenAI api\.openai\.com/ }).click()
    await page.getByLabel("API key").fill("sk-0123456789wxyz")
    await page.getByLabel("Model", { exact: true }).fill("gpt 4o mini")
    await page.getByRole("button", { name: "Save" }).click()
    await page.getByText(/no valid model name/).waitFor()
    assert.strictEqual(await page.getByLabel("API key").inputValue(), "sk-0123456789wxyz")
    assert.strictEqual(await page.getByLabel("Model", { exact: true }).inputValue(), "gpt 4o mini")

    await page.getByLabel("Model", { exact: true }).fill("gpt-4o-mini")
    await page.keyboard.press("Enter")
    await page.getByText(/in force on/).waitFor()
    assert.isTrue(await page.getByText("openai/gpt-4o-mini").isVisible())
    assert.isTrue(await page.getByText("key •••• wxyz").isVisible())
    assert.deepStrictEqual(await bodyOf("provider-account", "openai"), {
      name: "openai",
      type: "openai",
      apiKey: { set: true, lastFour: "wxyz" },
      models: [{ name: "gpt-4o-mini" }]
    })
    assert.notInclude(await page.content(), "0123456789wxyz")
    await page.context().close()
  })

  it("what somebody else saved meanwhile is shown, and mine goes on top with the stored key", async () => {
    await dash.put("provider-account", "shared", account("shared"))
    const page = await dash.open("#/models?account=shared")
    await page.getByLabel("Model", { exact: true }).fill("gpt-4o")
    await dash.put("provider-account", "shared", account("shared", { timeoutMs: 1234, apiKey: { set: true } }))
    await page.getByRole("button", { name: "Save" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByText("1234").waitFor()
    assert.notInclude(await dialog.innerText(), "lastFour", "the key is kept: no difference")
    await dialog.getByRole("button", { name: "Save mine" }).click()
    await page.getByText(/in force on/).waitFor()
    assert.deepStrictEqual(await bodyOf("provider-account", "shared"), {
      ...account("shared"),
      apiKey: { set: true, lastFour: "abcd" },
      models: [{ name: "gpt-4o" }]
    })
    await page.context().close()
  })

  it("what is still needed is not deleted, and the page says what needs it", async () => {
    const page = await dash.open("#/models?account=demo")
    await page.getByRole("button", { name: "Delete", exact: true }).click()
    await page.getByRole("button", { name: "Delete account" }).click()
    await page.getByText("is still needed").waitFor()
    assert.isTrue(await page.getByText(/virtualModels\[demo\/chat\]/).isVisible())
    await page.context().close()
  })

  it("a token is shown once, opens the gateway, and is revoked", async () => {
    const page = await dash.open("#/access")
    await page.getByRole("button", { name: "Create token" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByLabel("Subject").fill("app:checkout")
    await dialog.getByRole("button", { name: "Create token" }).click()
    const token = await page.getByLabel("New token").inputValue()
    await page.getByText(/in force on/).waitFor()
    const models = () => fetch(`${dash.gateway}/v1/models`, { headers: { authorization: `Bearer ${token}` } })
    assert.strictEqual((await models()).status, 200)
    await page.getByRole("button", { name: "I have it" }).click()
    assert.notInclude(await page.content(), token)

    const row = page.getByRole("row", { name: /app:checkout/ })
    await row.getByRole("button", { name: /Revoke/ }).click()
    await page.getByRole("button", { name: "Revoke token" }).click()
    await row.waitFor({ state: "detached" })
    await page.getByText(/in force on/).waitFor()
    assert.strictEqual((await models()).status, 401)
    await page.context().close()
  })

  it("an admin token is shown once, signs in with its role, and is signed out when it is revoked", async () => {
    const page = await dash.open("#/admins")
    await page.getByRole("button", { name: "Create token" }).click()
    const dialog = page.getByRole("dialog")
    // The keyboard alone: the first field has the focus.
    await dialog.locator("input:focus").waitFor()
    await page.keyboard.type("no name")
    await page.keyboard.press("Enter")
    await dialog.getByText("is no valid name").waitFor()
    await page.keyboard.press("ControlOrMeta+A")
    await page.keyboard.type("on-call")
    await page.keyboard.press("Tab")
    await page.keyboard.type("editor")
    await dialog.getByText("changes the configuration").waitFor()
    await dialog.getByRole("button", { name: "Create token" }).press("Enter")
    const token = await page.getByLabel("New token").inputValue()
    const { sha256, ...body } = await bodyOf("admin-token", "on-call")
    assert.deepStrictEqual(body, { name: "on-call", role: "editor" })
    assert.strictEqual(sha256, createHash("sha256").update(token).digest("hex"))
    await page.getByRole("button", { name: "I have it" }).click()
    assert.notInclude(await page.content(), token)
    const row = page.getByRole("row", { name: /on-call editor/ })
    assert.match(await row.innerText(), new RegExp(`${String(sha256).slice(0, 16)}[^]*${new Date().getFullYear()}`))

    const theirs = await dash.open("#/models", { token })
    await theirs.getByRole("link", { name: "Add account" }).waitFor()
    assert.strictEqual(await theirs.getByRole("link", { name: "Administrators" }).count(), 0)
    await row.getByRole("button", { name: "Revoke on-call" }).click()
    await dialog.getByText("signed out at once").waitFor()
    assert.strictEqual(await dialog.getByText("You are signed in with it").count(), 0)
    await dialog.getByRole("button", { name: "Revoke token" }).click()
    await row.waitFor({ state: "detached" })

    // In mid-session: they hear why, and are back where they were.
    await theirs.evaluate("location.hash = '#/access'")
    await theirs.getByText("Your session has ended").waitFor()
    await theirs.getByLabel("Admin token").fill(token)
    await theirs.keyboard.press("Enter")
    await theirs.getByText("not known here").waitFor()
    await theirs.context().close()
    await page.context().close()
  })

  it("the last admin cannot be revoked, and is told before; an issuer is added, changed and removed", async () => {
    const page = await dash.open("#/admins")
    const dialog = page.getByRole("dialog")
    const me = page.getByRole("row", { name: /you/ })
    await me.getByRole("button", { name: /^Revoke/ }).click()
    await dialog.getByText("This leaves nobody with the role admin").waitFor()
    assert.isTrue(await dialog.getByRole("button", { name: "Revoke token" }).isDisabled())
    assert.deepStrictEqual(await faults(page), [])
    await page.keyboard.press("Escape")
    // Whoever has only a keyboard goes on where they were.
    await me.locator("button:focus").waitFor()

    await page.getByRole("link", { name: "Add issuer" }).click()
    await page.getByLabel("Issuer", { exact: true }).fill("https://idp.example.com")
    await page.getByLabel("Audience").fill("spangate")
    await page.getByLabel("Keys (JWKS URL)").fill("idp.example.com/jwks")
    await page.getByRole("button", { name: "Save" }).click()
    await page.getByText("is no URL, it must begin with").waitFor()
    await page.getByLabel("Keys (JWKS URL)").fill("https://idp.example.com/jwks")
    await page.keyboard.press("Enter")
    await page.getByRole("link", { name: "Edit issuer https://idp.example.com" }).click()
    await page.getByLabel("Roles claim").fill("groups")
    await page.keyboard.press("Enter")
    const issuer = page.getByRole("row", { name: /https:\/\/idp\.example\.com/ })
    await issuer.getByText("groups").waitFor()
    assert.deepStrictEqual(await bodyOf("admin-issuer", "https://idp.example.com"), {
      issuer: "https://idp.example.com",
      audience: "spangate",
      jwksUrl: "https://idp.example.com/jwks",
      rolesClaim: "groups"
    })

    // With an issuer somebody could still come in: it can be done, with a warning.
    await me.getByRole("button", { name: /^Revoke/ }).click()
    await dialog.getByText("only tokens of https://idp.example.com let an admin in").waitFor()
    await dialog.getByText("You are signed in with it").waitFor()
    await dialog.locator("button:enabled").getByText("Revoke token").waitFor()
    await dialog.getByRole("button", { name: "Cancel" }).click()

    await issuer.getByRole("link", { name: /^Edit/ }).click()
    await page.getByRole("button", { name: "Delete", exact: true }).click()
    await dialog.getByText("signed out at once").waitFor()
    await dialog.getByRole("button", { name: "Delete issuer" }).click()
    await page.getByText("None yet.").waitFor()
    await page.context().close()
  })

  it("a chat streams, stops, says the gateway's errors, and leads to its trace", async () => {
    const page = await dash.open("#/playground?model=demo/chat")
    await page.getByRole("button", { name: /Make one/ }).click()
    const message = page.getByLabel("Message")
    await message.fill("Hello")
    await page.keyboard.press("Enter")
    await page.getByText("Tokens out").waitFor()
    await message.fill("And now stop")
    await page.keyboard.press("Enter")
    await page.getByText("You said: “And").waitFor()
    await page.getByRole("button", { name: "Stop" }).click()
    await page.getByText("stopped", { exact: true }).waitFor()

    await page.evaluate(() => sessionStorage.setItem("spangate.playground.token", '{"token":"sg-wrong"}'))
    await page.getByRole("link", { name: "Open its trace" }).first().click()
    await page.waitForURL(/#\/traces\/[0-9a-f]{32}$/)
    await page.getByText("user:playground").first().waitFor()
    await page.reload()
    await go(page, "#/playground")
    await message.fill("Let me in")
    await page.keyboard.press("Enter")
    await page.getByText("The gateway answered 401").waitFor()
    assert.isTrue(await page.getByText("This API key is not known.").isVisible())
    assert.isTrue(await page.getByRole("navigation", { name: "Main" }).isVisible(), "the session goes on")
    await page.context().close()
  })

  it("a name that hides something shows it, wherever it is listed, and moves nothing beside it", async () => {
    const page = await dash.open("#/access")
    await page.getByRole("button", { name: "Create token" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByLabel("Subject").fill("user:\u202eecila")
    for (const team of ["m\u200bl", "שלום", "עולם"]) {
      await dialog.getByLabel("Teams").fill(team)
      await page.keyboard.press("Enter")
    }
    await dialog.getByRole("button", { name: "Remove m[U+200B]l" }).waitFor()
    await dialog.getByRole("button", { name: "Create token" }).click()
    await page.getByText("The token of user:U+202Eecila. Copy it now").waitFor()
    const token = await page.getByLabel("New token").inputValue()
    await page.getByText(/in force on/).waitFor()
    const answer = await fetch(`${dash.gateway}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "demo/chat", messages: [{ role: "user", content: "Who am I?" }] })
    })
    assert.strictEqual(answer.status, 200)

    const row = page.getByRole("row", { name: /ecila/ })
    assert.match(await row.innerText(), /^user:U\+202Eecila\s.*\smU\+200Bl, שלום, עולם\s/su)
    await row.getByRole("button", { name: /^Revoke [0-9a-f]{16} of user:\[U\+202E\]ecila$/ }).waitFor()
    // Two names in Hebrew stand in the list's order, which is from left to right.
    const lefts = await row
      .locator("td[data-label=Teams] bdi")
      .evaluateAll((names) => names.map((name) => name.getBoundingClientRect().left))
    assert.deepStrictEqual(
      lefts,
      lefts.toSorted((a, b) => a - b)
    )
    assert.deepStrictEqual(await faults(page), [])

    for (const hash of ["#/traces", "#/audit"]) {
      await go(page, hash)
      await page.getByText("ecila").first().waitFor({ state: "attached" })
      assert.notMatch(await page.content(), /[\u200b\u202e]/u, hash)
    }
    await go(page, "#/traces")
    const listed = page.getByRole("table").getByText("user:U+202Eecila")
    assert.isTrue(await listed.first().isVisible())
    assert.deepStrictEqual(await faults(page), [])
    await page.context().close()
  })

  it("whoever is made a viewer with the administrators open sees no column that would be empty", async () => {
    const sha256 = createHash("sha256").update("no-longer-an-admin").digest("hex")
    await dash.put("admin-token", "leaving", { name: "leaving", role: "admin", sha256 })
    const page = await dash.open("#/admins", { token: "no-longer-an-admin" })
    const heads = page.getByRole("table").first().getByRole("columnheader")
    assert.deepStrictEqual(await heads.allInnerTexts(), ["Name", "Role", "Id", "Made", "Revoke"])
    await dash.put("admin-token", "leaving", { name: "leaving", role: "viewer", sha256 })
    await go(page, "#/access")
    await go(page, "#/admins")
    await page.getByRole("row", { name: /leaving you viewer/ }).waitFor()
    assert.deepStrictEqual(await heads.allInnerTexts(), ["Name", "Role", "Made", "Revoke"])
    await page.context().close()
  })

  it("going back to a revision is shown before it is done", async () => {
    const { revision } = await dash.put("team", "ml", { name: "ml", models: ["demo/*"] })
    await dash.put("team", "ml", { name: "ml", models: ["*"] })
    const page = await dash.open(`#/audit?revision=${revision}`)
    await page.getByRole("button", { name: "Restore this revision" }).click()
    const dialog = page.getByRole("dialog")
    await dialog.getByText("demo/*").waitFor()
    assert.deepStrictEqual((await bodyOf("team", "ml")).models, ["*"])
    await dialog.getByRole("button", { name: `Restore revision ${revision}` }).click()
    await page.getByText(`restores revision ${revision}`).waitFor()
    assert.deepStrictEqual((await bodyOf("team", "ml")).models, ["demo/*"])
    await page.context().close()
  })

  it("a viewer looks and cannot change", async () => {
    const sha256 = createHash("sha256").update("only-looking").digest("hex")
    await dash.put("admin-token", "viewer", { name: "viewer", role: "viewer", sha256 })
    const page = await dash.open("#/models?account=demo", { token: "only-looking" })
    assert.isTrue(await page.getByText("The role editor is needed").isVisible())
    const editing = page.getByRole("button", { name: /^(Save|Delete|Add|Create|Revoke|Restore)/ })
    for (const hash of ["#/models?account=demo", "#/access", "#/audit?revision=1"]) {
      await go(page, hash)
      assert.strictEqual(await editing.count(), 0, hash)
    }
    await go(page, "#/audit?view=log")
    await page.getByText("This needs the role admin").waitFor()
    await go(page, "#/playground")
    await page.getByText("This needs the role editor").waitFor()
    await page.context().close()
  })

  const places = [
    "#/models",
    "#/models?new=account",
    "#/models?new=account&type=azure-openai",
    "#/models?virtual=demo/chat",
    "#/access",
    "#/access?new=issuer",
    "#/access?new=subject",
    "#/admins",
    "#/admins?new=issuer",
    "#/audit",
    "#/audit?revision=1",
    "#/audit?view=log",
    "#/playground"
  ]
  for (const view of [
    { width: 1440, theme: "light" },
    { width: 390, theme: "dark" }
  ] as const) {
    it(`axe finds nothing serious, and nothing is too wide: ${view.width} px, ${view.theme}`, async () => {
      const page = await dash.open("#/models", view)
      for (const hash of places) {
        await go(page, hash)
        assert.deepStrictEqual(await faults(page), [], hash)
      }
      await page.context().close()
    })
  }
})
