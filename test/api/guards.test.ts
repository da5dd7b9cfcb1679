import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { sealingWith } from "../../src/layers/system/sealing.ts"
import { ConfigStore } from "../../src/services/store/ConfigStore.ts"
import { RevisionLog } from "../../src/services/store/RevisionLog.ts"
import { StoreUnavailable } from "../../src/services/store/StoreUnavailable.ts"
import { sealSecrets } from "../../src/services/store/sealSecrets.ts"
import { call } from "./kit/call.ts"
import { ADMIN, controlPlane, EDITOR, Logged, MIDDLEWARE_KEY, seed, sha, VIEWER } from "./kit/controlPlane.ts"
import { operationsOf } from "./kit/samples.ts"

const apply = (document: unknown, options: object = {}) =>
  call("POST", "/api/config/apply", { body: { document, ...options } })

layer(controlPlane(), { excludeTestServices: true })("what an editor may not do", (it) => {
  it.effect("have a stored secret sent somewhere else", () =>
    Effect.gen(function* () {
      const middleware = yield* FakeMiddleware
      const applied = yield* apply(seed(middleware.endpoint))
      assert.strictEqual(applied.status, 200, applied.text)
      const { origin } = new URL(middleware.endpoint)
      const elsewhere = middleware.endpoint.replace("127.0.0.1", "localhost")
      const body = { name: "middleware", endpoint: elsewhere, headers: { authorization: { set: true } } }
      const reason = `was stored for ${origin}: enter it again for another host`
      const asEditor = { token: EDITOR }
      const answers = [
        yield* call("PUT", "/api/config/destination/middleware", { ...asEditor, body: { base: 1, body } }),
        yield* call("POST", "/api/config/apply", {
          ...asEditor,
          body: { document: { otel: { destinations: [body] } } }
        }),
        yield* call("POST", "/api/config/changes", {
          ...asEditor,
          body: { base: 1, dryRun: true, changes: [{ action: "put", kind: "destination", name: "middleware", body }] }
        })
      ]
      for (const answer of answers) {
        assert.deepStrictEqual(
          [answer.status, answer.json.errors],
          [422, [{ path: "otel.destinations[middleware].headers", reason }]]
        )
      }
      const unsaved = yield* call("POST", "/api/otel/test", { ...asEditor, body: { destination: body } })
      assert.deepStrictEqual([unsaved.status, unsaved.json.errors], [422, [{ path: "destination.headers", reason }]])
      const account = {
        name: "openai-main",
        type: "openai",
        baseUrl: elsewhere,
        apiKey: { set: true },
        models: [{ name: "gpt-4o-mini" }]
      }
      const moved = yield* call("PUT", "/api/config/provider-account/openai-main", {
        ...asEditor,
        body: { base: 1, body: account }
      })
      assert.deepStrictEqual([moved.status, moved.json.errors[0].path], [422, "providerAccounts[openai-main].apiKey"])
      yield* call("POST", "/api/otel/test", { ...asEditor, body: { destination: { ...body, headers: {} } } })
      const [noted] = (yield* call("GET", "/api/audit?limit=1")).json
      assert.deepInclude(noted, { action: "test_destination", actor: "token:editor", target: "middleware" })
      assert.include(noted.detail, `${new URL(elsewhere).origin}, `)
      const entered = { ...body, headers: { authorization: MIDDLEWARE_KEY } }
      const put = yield* call("PUT", "/api/config/destination/middleware", {
        ...asEditor,
        body: { base: 1, body: entered }
      })
      assert.strictEqual(put.status, 200, put.text)
    })
  )
})

layer(controlPlane(), { excludeTestServices: true })("every operation of the document", (it) => {
  const filled = (path: string) => path.replaceAll(/\{\w+\}/g, "1".repeat(32))
  const operations = Effect.map(call("GET", "/api/openapi.json"), ({ json }) =>
    operationsOf(json).filter(({ method, path }) => `${method} ${path}` !== "POST /api/session")
  )

  it.effect("answers 401 to whoever sends no token, or a wrong one", () =>
    Effect.gen(function* () {
      const all = yield* operations
      assert.isAbove(all.length, 40)
      for (const { method, path } of all) {
        for (const token of [undefined, "wrong", "a.b.c"]) {
          const { status } = yield* call(method, filled(path), { token, ...(method === "GET" ? {} : { body: {} }) })
          assert.strictEqual(status, 401, `${method} ${path}`)
        }
      }
    })
  )

  it.effect("lets a viewer look, and do nothing", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* FakeMiddleware
      assert.strictEqual((yield* apply(seed(endpoint))).status, 200)
      const changing = (yield* operations).filter(({ method, path }) => method !== "GET" && path !== "/api/session")
      for (const { method, path } of changing) {
        const { json, status } = yield* call(method, filled(path), { token: VIEWER, body: {} })
        assert.deepStrictEqual([status, json?.role], [403, "editor"], `${method} ${path}`)
      }
    })
  )
})

/** What somebody else does once, just after the next reading of the store. */
let meanwhile: Effect.Effect<void> = Effect.void
const interrupted = controlPlane({
  log: (log) => ({
    ...log,
    entitiesAt: (revision) =>
      Effect.tap(log.entitiesAt(revision), () => {
        const once = meanwhile
        meanwhile = Effect.void
        return once
      })
  })
})

layer(interrupted, { excludeTestServices: true })("who applies a document to whatever is in force", (it) => {
  it.effect("takes no setting from who writes another while it is planned", () =>
    Effect.gen(function* () {
      const log = yield* RevisionLog
      assert.strictEqual((yield* apply({ resource: { "service.name": "s" } })).json.revision, 1)
      const body = { resource: { "service.name": "s" }, limits: { maxBodyBytes: 2048 } }
      const change = { kind: "settings", name: "settings", action: "update", body: JSON.stringify(body) } as const
      meanwhile = Effect.orDie(log.append({ base: 1, at: 1, author: "b", note: "", changes: [change] }))
      const applied = yield* apply({ capture: "metadata" })
      assert.deepStrictEqual([applied.status, applied.json.revision], [200, 3], applied.text)
      const { document } = (yield* call("GET", "/api/config/document")).json
      assert.deepStrictEqual(document, { ...body, capture: "metadata" })
    })
  )
})

/** Whether the store can be read. */
let away = false
const blinking = controlPlane({
  log: (log) => ({
    ...log,
    entitiesAt: (revision) =>
      Effect.suspend(() =>
        away ? new StoreUnavailable({ store: "configuration", cause: new Error("gone") }) : log.entitiesAt(revision)
      )
  })
})

layer(blinking, { excludeTestServices: true })("who is revoked while the store is away", (it) => {
  it.effect("is refused when it is back, without another revision", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* FakeMiddleware
      const log = yield* RevisionLog
      const { text } = yield* Logged
      assert.strictEqual((yield* apply(seed(endpoint))).status, 200)
      const asViewer = call("GET", "/api/session", { token: VIEWER })
      yield* asViewer.pipe(Effect.repeat({ until: ({ status }) => status === 200 }))
      away = true
      const gone = { kind: "admin-token", name: "viewer", action: "delete" } as const
      yield* log.append({ base: 1, at: 1, author: "b", note: "", changes: [gone] })
      const meanwhile = yield* asViewer.pipe(Effect.repeat({ until: () => text().includes("are not read anew") }))
      assert.strictEqual(meanwhile.status, 200)
      away = false
      yield* asViewer.pipe(Effect.repeat({ until: ({ status }) => status === 401 }), Effect.timeout("4 seconds"))
    })
  )
})

layer(controlPlane({ rootless: true }), { excludeTestServices: true })("a program without a token of its own", (it) => {
  it.effect("keeps its last admin", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* FakeMiddleware
      const store = yield* ConfigStore
      const document = seed(endpoint)
      const admin = { name: "root", role: "admin", sha256: sha(ADMIN) }
      const first = yield* store.plan(document, { prune: false })
      yield* store.commit({ base: 0, author: "a", note: "", changes: first })
      yield* store.commit({
        base: 1,
        author: "a",
        note: "",
        changes: [{ action: "put", kind: "admin-token", name: "root", body: admin }]
      })
      yield* call("GET", "/api/session").pipe(Effect.repeat({ until: ({ status }) => status === 200 }))
      const viewer = { ...admin, role: "viewer" }
      const refusals = [
        yield* call("DELETE", "/api/config/admin-token/root?base=2"),
        yield* call("PUT", "/api/config/admin-token/root", { body: { base: 2, body: viewer } }),
        yield* call("POST", "/api/revisions/1/restore", { body: { base: 2, dryRun: true } }),
        yield* call("POST", "/api/revisions/1/restore", { body: { base: 2 } }),
        yield* apply(document, { prune: true })
      ]
      for (const { json, status, text } of refusals) {
        assert.deepStrictEqual([status, json.errors?.[0]?.path], [422, "admin"], text)
        assert.include(json.detail, "leaves nobody with the role admin")
      }
      const other = { name: "other", role: "admin", sha256: sha("another-admin") }
      const changes = [
        { action: "put", kind: "admin-token", name: "other", body: other },
        { action: "delete", kind: "admin-token", name: "root" }
      ]
      const handed = yield* call("POST", "/api/config/changes", { body: { base: 2, changes } })
      assert.strictEqual(handed.status, 200, handed.text)
      assert.strictEqual((yield* call("GET", "/api/session")).status, 401)
    })
  )
})

layer(controlPlane(), { excludeTestServices: true })("what is remembered", (it) => {
  it.effect("is said to be sealed with another key where that key is gone", () =>
    Effect.gen(function* () {
      const log = yield* RevisionLog
      const name = "lost"
      const body = { name, endpoint: "https://lost.example", headers: { Authorization: "lost-secret-of-old" } }
      const sealed = sealSecrets(sealingWith("a-key-that-is-gone-a-key-that-is-gone", []), {
        kind: "destination",
        name,
        body
      })
      const revision = { at: 1, author: "a", note: "" }
      const created = { kind: "destination", name, action: "create", body: JSON.stringify(sealed) } as const
      yield* log.append({ ...revision, base: 0, changes: [created] })
      yield* log.append({ ...revision, base: 1, changes: [{ kind: "destination", name, action: "delete" }] })
      for (const [method, path, options] of [
        ["GET", "/api/revisions/1", {}],
        ["GET", "/api/revisions/2", {}],
        ["POST", "/api/revisions/1/restore", { body: { base: 2 } }]
      ] as const) {
        const answer = yield* call(method, path, options)
        assert.strictEqual(answer.status, 503, `${path} ${answer.text}`)
        assert.include(
          answer.json.detail,
          "destination lost were sealed with another key: add that key to SPANGATE_MASTER"
        )
        assert.notInclude(answer.text, "lost-secret")
      }
      const list = yield* call("GET", "/api/revisions", { token: ADMIN })
      assert.deepStrictEqual(
        list.json.map(({ revision }: { revision: number }) => revision),
        [2, 1]
      )
    })
  )

  it.effect("pages through the audit log by id, also what happened in one moment", () =>
    Effect.gen(function* () {
      const log = yield* RevisionLog
      for (const target of ["a", "b", "c", "d"])
        yield* log.audit({ at: 7, actor: "x", action: "login", target, detail: "" })
      const first = yield* call("GET", "/api/audit?limit=2")
      assert.strictEqual(first.status, 200, first.text)
      const second = yield* call("GET", `/api/audit?limit=2&before=${first.json[1].id}`)
      const targets = [...first.json, ...second.json].map(({ target }: { target: string }) => target)
      assert.deepStrictEqual(targets, ["d", "c", "b", "a"])
      assert.strictEqual((yield* call("GET", "/api/audit?before=1.5")).status, 400)
      assert.strictEqual((yield* call("GET", "/api/audit", { token: VIEWER })).status, 401)
    })
  )
})
