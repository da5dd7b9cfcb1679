import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { type Answer, call } from "./kit/call.ts"
import { ADMIN, controlPlane, EDITOR, seed, sha } from "./kit/controlPlane.ts"

const cookieOf = ({ headers }: Answer): string => String(headers["set-cookie"]).split(";", 1)[0] ?? ""

const signIn = (token: string, headers: Record<string, string> = {}) =>
  call("POST", "/api/session", { token: undefined, body: { token }, headers })

const withCookie = (
  method: string,
  path: string,
  cookie: string,
  headers: Record<string, string> = {},
  body?: unknown
) => call(method, path, { token: undefined, headers: { cookie, ...headers }, ...(body === undefined ? {} : { body }) })

layer(controlPlane(), { excludeTestServices: true })("sessions", (it) => {
  it.effect("sign in gives a cookie that no script reads, and sign out takes it", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* FakeMiddleware
      assert.strictEqual((yield* call("POST", "/api/config/apply", { body: { document: seed(endpoint) } })).status, 200)
      const answer = yield* signIn(ADMIN)
      assert.strictEqual(answer.status, 200, answer.text)
      assert.deepInclude(answer.json, { actor: "admin", role: "admin" })
      const set = String(answer.headers["set-cookie"])
      for (const part of ["HttpOnly", "SameSite=Strict", "Path=/"]) assert.include(set, part)
      assert.notInclude(set, "Secure")
      const secure = yield* signIn(ADMIN, { "x-forwarded-proto": "https" })
      assert.include(String(secure.headers["set-cookie"]), "Secure")
      const me = yield* withCookie("GET", "/api/session", cookieOf(answer))
      assert.deepStrictEqual(me.json, answer.json)
      const out = yield* withCookie("DELETE", "/api/session", cookieOf(answer), { "x-spangate-csrf": answer.json.csrf })
      assert.strictEqual(out.status, 204, out.text)
      assert.include(String(out.headers["set-cookie"]), "Max-Age=0")
      // Whoever copied it has nothing of it, and whoever else signed in stays.
      assert.strictEqual((yield* withCookie("GET", "/api/session", cookieOf(answer))).status, 401)
      assert.strictEqual((yield* withCookie("GET", "/api/session", cookieOf(secure))).status, 200)
    })
  )

  it.effect("nobody is read far before it is known who it is", () =>
    Effect.gen(function* () {
      const longest = yield* signIn("x".repeat(16_384))
      assert.strictEqual(longest.status, 401, longest.text)
      const tooLong = yield* signIn("x".repeat(16_385))
      assert.deepStrictEqual([tooLong.status, tooLong.json.errors[0].path], [400, "payload.token"])
      const large = yield* signIn("x".repeat(200_000))
      assert.deepStrictEqual([large.status, large.json.type], [413, "urn:spangate:problem:payload-too-large"])
    })
  )

  it.effect("a changing request needs the CSRF value with the cookie", () =>
    Effect.gen(function* () {
      const session = yield* signIn(EDITOR)
      const body = { base: 1, body: { name: "ml", models: ["*"] } }
      const put = (headers: Record<string, string>) =>
        withCookie("PUT", "/api/config/team/ml", cookieOf(session), headers, body)
      const without = yield* put({})
      assert.deepStrictEqual([without.status, without.json.type], [403, "urn:spangate:problem:forbidden"])
      assert.strictEqual((yield* put({ "x-spangate-csrf": "0".repeat(32) })).status, 403)
      assert.strictEqual((yield* put({ "x-spangate-csrf": session.json.csrf })).status, 200)
    })
  )

  it.effect("a forged, cut or foreign cookie is nobody's", () =>
    Effect.gen(function* () {
      const cookie = cookieOf(yield* signIn(EDITOR))
      const flipped = cookie.slice(0, -2) + (cookie.endsWith("A") ? "BA" : "AA")
      for (const bad of [flipped, cookie.slice(0, 60), "spangate_session=admin", "spangate_session=", `${cookie}x`]) {
        const answer = yield* withCookie("GET", "/api/session", bad)
        assert.deepStrictEqual([answer.status, answer.json.status], [401, 401], bad)
      }
    })
  )

  it.effect("a session ends with the token that opened it", () =>
    Effect.gen(function* () {
      const token = "sga-soon-to-be-revoked-00000000"
      const { json } = yield* call("GET", "/api/config")
      const body = { name: "leaver", role: "viewer", sha256: sha(token) }
      const added = yield* call("PUT", "/api/config/admin-token/leaver", { body: { base: json.revision, body } })
      assert.strictEqual(added.status, 200, added.text)
      const cookie = cookieOf(yield* signIn(token))
      assert.strictEqual((yield* withCookie("GET", "/api/session", cookie)).json.actor, "token:leaver")
      const gone = yield* call("DELETE", `/api/config/admin-token/leaver?base=${added.json.revision}`)
      assert.strictEqual(gone.status, 200, gone.text)
      const after = yield* withCookie("GET", "/api/session", cookie)
      assert.deepStrictEqual([after.status, after.headers["set-cookie"]], [401, undefined], after.text)
      assert.strictEqual((yield* call("GET", "/api/session", { token })).status, 401)
    })
  )

  it.effect("a token in the header wins over a cookie, and needs no CSRF value", () =>
    Effect.gen(function* () {
      const cookie = cookieOf(yield* signIn(EDITOR))
      const me = yield* call("GET", "/api/session", { headers: { cookie } })
      assert.deepStrictEqual(me.json, { actor: "admin", role: "admin" })
      const wrong = yield* call("GET", "/api/session", { token: "wrong", headers: { cookie } })
      assert.strictEqual(wrong.status, 401)
    })
  )

  it.effect("the eleventh failure in a minute waits, whatever it sends", () =>
    Effect.gen(function* () {
      // One was in vain above.
      for (let i = 0; i < 9; i++) assert.strictEqual((yield* signIn(`guess-${i}`)).status, 401)
      const answer = yield* signIn(ADMIN)
      assert.strictEqual(answer.status, 429, answer.text)
      assert.isAbove(Number(answer.headers["retry-after"]), 0)
      assert.strictEqual(answer.json.retryAfterSeconds, Number(answer.headers["retry-after"]))
      // Who has a token already is not shut out by whoever guesses.
      assert.strictEqual((yield* call("GET", "/api/session")).status, 200)
      // Others who come through the same proxy are not he.
      for (const address of ["203.0.113.7", "198.51.100.1, 2001:db8::7"]) {
        assert.strictEqual((yield* signIn(EDITOR, { "x-forwarded-for": address })).status, 200)
      }
      const [login] = (yield* call("GET", "/api/audit?limit=1")).json
      assert.deepInclude(login, { action: "login", actor: "token:editor", target: "2001:db8::7" })
      const noAddress = yield* signIn(ADMIN, { "x-forwarded-for": "<b>who</b>" })
      assert.strictEqual(noAddress.status, 429)
      const audit = yield* call("GET", "/api/audit?limit=500")
      const refused = audit.json.filter(({ action }: { action: string }) => action === "login_refused")
      assert.strictEqual(refused.length, 10)
    })
  )
})
