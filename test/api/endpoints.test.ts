import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { TraceStore } from "../../src/services/store/TraceStore.ts"
import { NOON, sample } from "../contracts/storedTraces.ts"
import { call } from "./kit/call.ts"
import { ADMIN, controlPlane, EDITOR, Logged, MIDDLEWARE_KEY, SECRETS, seed, sha, VIEWER } from "./kit/controlPlane.ts"

const seeded = Effect.gen(function* () {
  const { endpoint } = yield* FakeMiddleware
  const applied = yield* call("POST", "/api/config/apply", { body: { document: seed(endpoint), note: "first" } })
  assert.strictEqual(applied.status, 200, applied.text)
  return applied.json.revision as number
})

const head = Effect.map(call("GET", "/api/config"), ({ json }) => json.revision as number)

layer(controlPlane(), { excludeTestServices: true })("every endpoint", (it) => {
  it.effect("applies a document, shows it, and masks its secrets", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* FakeMiddleware
      const dry = yield* call("POST", "/api/config/apply", { body: { document: seed(endpoint), dryRun: true } })
      assert.deepStrictEqual([dry.status, dry.json.revision], [200, 0], dry.text)
      assert.isAbove(dry.json.diffs.length, 5)
      assert.strictEqual(yield* seeded, 1)
      const list = yield* call("GET", "/api/config", { token: VIEWER })
      assert.strictEqual(list.status, 200, list.text)
      const account = list.json.entities.find((e: { kind: string }) => e.kind === "provider-account")
      assert.deepStrictEqual(account.body.apiKey, { set: true, lastFour: "9d1e" })
      const document = yield* call("GET", "/api/config/document")
      assert.deepStrictEqual(document.json.document.otel.destinations[0].headers, {
        Authorization: { set: true, lastFour: "41aa" }
      })
      const again = yield* call("POST", "/api/config/apply", { body: { document: document.json.document } })
      assert.deepStrictEqual([again.status, again.json], [200, { revision: 1, diffs: [] }], again.text)
    })
  )

  it.effect("shows a viewer no hash of an admin token, and an editor a document that he can apply", () =>
    Effect.gen(function* () {
      const paths = ["/api/config", "/api/config/document", "/api/config/admin-token/viewer", "/api/revisions/1"]
      for (const path of paths) {
        const [viewer, editor] = [
          yield* call("GET", path, { token: VIEWER }),
          yield* call("GET", path, { token: EDITOR })
        ]
        assert.deepStrictEqual([viewer.status, editor.status], [200, 200], path)
        assert.include(viewer.text, '"viewer"', path)
        assert.notInclude(viewer.text, sha(VIEWER), path)
        assert.notInclude(viewer.text, sha(EDITOR), path)
        assert.include(editor.text, sha(VIEWER), path)
      }
      const { json } = yield* call("GET", "/api/config/document", { token: EDITOR })
      const applied = yield* call("POST", "/api/config/apply", { token: EDITOR, body: { document: json.document } })
      assert.deepStrictEqual([applied.status, applied.json.diffs], [200, []], applied.text)
    })
  )

  it.effect("gets, puts and deletes one entity", () =>
    Effect.gen(function* () {
      const path = `/api/config/virtual-model/${encodeURIComponent("prod/chat")}`
      const got = yield* call("GET", path)
      assert.strictEqual(got.status, 200, got.text)
      const put = yield* call("PUT", "/api/config/team/ml", {
        token: EDITOR,
        body: { base: 1, body: { name: "ml", models: ["prod/*"] }, note: "a team" }
      })
      assert.deepStrictEqual([put.status, put.json.revision, put.json.diffs[0].action], [200, 2, "create"], put.text)
      const stale = yield* call("PUT", "/api/config/team/ml", {
        body: { base: 1, body: { name: "ml", models: ["*"] } }
      })
      assert.deepStrictEqual([stale.status, stale.json.current], [409, 2], stale.text)
      const refused = yield* call("PUT", "/api/config/team/ml", { body: { base: 2, body: { name: "ml", modelz: [] } } })
      assert.strictEqual(refused.status, 422, refused.text)
      assert.include(JSON.stringify(refused.json.errors), "access.teams[ml]")
      const gone = yield* call("DELETE", "/api/config/team/ml?base=2", { token: EDITOR })
      assert.deepStrictEqual([gone.status, gone.json.revision], [200, 3], gone.text)
      assert.strictEqual((yield* call("DELETE", "/api/config/team/ml?base=3")).status, 404)
      assert.strictEqual((yield* call("GET", "/api/config/team/ml")).status, 404)
    })
  )

  it.effect("changes several at once, or none", () =>
    Effect.gen(function* () {
      const base = yield* head
      const team = (name: string, models: unknown) => ({
        action: "put",
        kind: "team",
        name,
        body: { name, models }
      })
      const bad = yield* call("POST", "/api/config/changes", {
        body: { base, changes: [team("a", ["*"]), team("b", 7)] }
      })
      assert.strictEqual(bad.status, 422, bad.text)
      assert.strictEqual(yield* head, base)
      const good = yield* call("POST", "/api/config/changes", {
        body: { base, changes: [team("a", ["*"]), team("b", ["*"])] }
      })
      assert.deepStrictEqual([good.status, good.json.revision, good.json.diffs.length], [200, base + 1, 2], good.text)
    })
  )

  it.effect("makes a token, which is shown once, lists and revokes it", () =>
    Effect.gen(function* () {
      const made = yield* call("POST", "/api/tokens", {
        token: EDITOR,
        body: { subject: "user:bob", teams: ["ml"], models: ["prod/*"] }
      })
      assert.strictEqual(made.status, 201, made.text)
      assert.match(made.json.token, /^sg-[\w-]{43}$/)
      const listed = yield* call("GET", "/api/tokens", { token: VIEWER })
      const bob = listed.json.find((token: { id: string }) => token.id === made.json.id)
      assert.deepStrictEqual([bob.subject, bob.teams, bob.models], ["user:bob", ["ml"], ["prod/*"]])
      assert.isNumber(bob.createdAt)
      assert.notInclude(listed.text, made.json.token)
      assert.strictEqual((yield* call("DELETE", `/api/tokens/${made.json.id}`, { token: EDITOR })).status, 200)
      assert.strictEqual((yield* call("DELETE", `/api/tokens/${made.json.id}`)).status, 404)
    })
  )

  it.effect("lists revisions, shows one and restores it", () =>
    Effect.gen(function* () {
      const page = yield* call("GET", "/api/revisions?limit=2", { token: VIEWER })
      assert.deepStrictEqual([page.status, page.json.length], [200, 2], page.text)
      const one = yield* call("GET", "/api/revisions/1")
      assert.deepStrictEqual([one.status, one.json.info.note, one.json.info.author], [200, "first", "admin"], one.text)
      const base = yield* head
      const restored = yield* call("POST", "/api/revisions/1/restore", { token: EDITOR, body: { base } })
      assert.deepStrictEqual([restored.status, restored.json.revision], [200, base + 1], restored.text)
      assert.strictEqual((yield* call("GET", "/api/revisions/9999")).status, 404)
      assert.strictEqual((yield* call("POST", "/api/revisions/9999/restore", { body: { base } })).status, 404)
    })
  )

  it.effect("pages traces, shows one, and draws charts", () =>
    Effect.gen(function* () {
      const store = yield* TraceStore
      yield* store.append(
        [0, 1, 2].map((index) => sample(index)),
        "batch"
      )
      const page = yield* call("GET", "/api/traces?limit=2&model=openai-main/gpt-4o-mini&minTokens=1", {
        token: VIEWER
      })
      assert.deepStrictEqual([page.status, page.json.traces.length], [200, 2], page.text)
      const next = yield* call("GET", `/api/traces?limit=2&cursor=${encodeURIComponent(page.json.next)}`)
      assert.strictEqual(next.status, 200, next.text)
      assert.strictEqual((yield* call("GET", "/api/traces?cursor=zzz")).status, 400)
      // A filter that would filter nothing is no filter.
      const valueAlone = yield* call("GET", "/api/traces?metadataValue=x")
      assert.deepStrictEqual([valueAlone.status, valueAlone.json.errors[0].path], [400, "query.metadataKey"])
      const id = page.json.traces[0].traceId
      const one = yield* call("GET", `/api/traces/${id}`)
      assert.deepStrictEqual([one.status, one.json[0].summary.traceId], [200, id], one.text)
      const { spanId } = one.json[0].summary
      assert.deepStrictEqual((yield* call("GET", `/api/traces/${id}?spanId=${spanId}`)).json, one.json)
      assert.strictEqual((yield* call("GET", `/api/traces/${id}?spanId=${"f".repeat(16)}`)).status, 404)
      assert.strictEqual((yield* call("GET", `/api/traces/${id}?spanId=x`)).status, 400)
      assert.strictEqual((yield* call("GET", `/api/traces/${"f".repeat(32)}`)).status, 404)
      const range = `from=${NOON - 60_000}&to=${NOON + 60_000}`
      const series = yield* call("GET", `/api/charts/series?${range}&stepMs=60000&groupBy=model`)
      assert.deepStrictEqual([series.status, series.json.lines[0].total.requests], [200, 3], series.text)
      const top = yield* call("GET", `/api/charts/top?${range}&groupBy=model&orderBy=cost`)
      assert.deepStrictEqual([top.status, top.json[0].requests], [200, 3], top.text)
      const many = yield* call("GET", `/api/charts/series?from=0&to=${NOON}&stepMs=60000`)
      assert.deepStrictEqual([many.status, many.json.errors[0].path], [400, "query.stepMs"], many.text)
    })
  )

  it.effect("sends a test trace to a stored destination and to one that is not saved", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      const stored = yield* call("POST", "/api/otel/destinations/middleware/test", { token: EDITOR })
      assert.deepStrictEqual([stored.status, stored.json.ok, stored.json.outcome], [200, true, "accepted"], stored.text)
      const spans = yield* middleware.untilTrace(stored.json.traceId, 4)
      assert.include(
        spans.map(({ span }) => span.name),
        "POST spangate test trace"
      )
      const entry = { name: "middleware", endpoint: middleware.endpoint, headers: { Authorization: { set: true } } }
      const kept = yield* call("POST", "/api/otel/test", { body: { destination: entry } })
      assert.deepStrictEqual([kept.status, kept.json.ok], [200, true], kept.text)
      const wrong = { ...entry, headers: { Authorization: `Bearer ${MIDDLEWARE_KEY}` } }
      const refused = yield* call("POST", "/api/otel/test", { body: { destination: wrong } })
      assert.deepStrictEqual([refused.json.outcome, refused.json.reason], ["misconfigured", "http_401"], refused.text)
      const invalid = yield* call("POST", "/api/otel/test", { body: { destination: { name: "x", endpoint: 7 } } })
      assert.deepStrictEqual([invalid.status, invalid.json.errors[0].path], [422, "destination.endpoint"], invalid.text)
      const unknown = { name: "new", endpoint: middleware.endpoint, headers: { Authorization: { set: true } } }
      assert.strictEqual((yield* call("POST", "/api/otel/test", { body: { destination: unknown } })).status, 422)
      assert.strictEqual((yield* call("POST", "/api/otel/destinations/nope/test")).status, 404)
      const attributes = yield* call("GET", "/api/otel/attributes", { token: VIEWER })
      assert.deepInclude(attributes.json, { name: "tfy.input", type: "string", content: true, on: "span" })
      assert.deepInclude(attributes.json, { name: "service.name", type: "string", content: false, on: "resource" })
    })
  )

  it.effect("says what runs", () =>
    Effect.gen(function* () {
      const status = yield* call("GET", "/api/status", { token: VIEWER })
      assert.strictEqual(status.status, 200, status.text)
      assert.strictEqual(status.json.version, "1.2.3")
      assert.strictEqual(status.json.members[0].instance, "gw-1")
      assert.strictEqual(status.json.destinations[0].ledger.delivered, 8)
      assert.isNumber(status.json.traceStore.traces)
    })
  )

  it.effect("keeps an audit log, for admins", () =>
    Effect.gen(function* () {
      const audit = yield* call("GET", "/api/audit")
      assert.strictEqual(audit.status, 200, audit.text)
      const actions = new Set(audit.json.map(({ action }: { action: string }) => action))
      for (const action of ["token_created", "token_revoked", "test_destination"])
        assert.isTrue(actions.has(action), action)
      assert.strictEqual((yield* call("GET", "/api/audit", { token: EDITOR })).status, 403)
      const after = yield* call("GET", "/api/audit?limit=1")
      assert.deepStrictEqual([after.json[0].action, after.json[0].actor], ["forbidden", "token:editor"], after.text)
    })
  )

  it.effect("lets only admins say who operates", () =>
    Effect.gen(function* () {
      const base = yield* head
      const body = { name: "mine", role: "admin", sha256: "a".repeat(64) }
      const put = yield* call("PUT", "/api/config/admin-token/mine", { token: EDITOR, body: { base, body } })
      assert.deepStrictEqual([put.status, put.json.role], [403, "admin"], put.text)
      const document = { admin: { tokens: [body] } }
      assert.strictEqual((yield* call("POST", "/api/config/apply", { token: EDITOR, body: { document } })).status, 403)
      assert.strictEqual(
        (yield* call("PUT", "/api/config/team/x", { token: VIEWER, body: { base, body: {} } })).status,
        403
      )
      assert.strictEqual(yield* head, base)
    })
  )

  it.effect("has said no secret, nowhere", () =>
    Effect.gen(function* () {
      const { text } = yield* Logged
      for (const secret of SECRETS) assert.notInclude(text(), secret)
      for (const path of ["/api/config", "/api/config/document", "/api/revisions/1", "/api/audit", "/api/status"]) {
        const { text } = yield* call("GET", path, { token: ADMIN })
        for (const secret of SECRETS) assert.notInclude(text, secret, path)
      }
    })
  )
})
