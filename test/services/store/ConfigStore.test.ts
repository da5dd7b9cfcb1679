import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { ConfigRefused } from "../../../src/services/config/ConfigRefused.ts"
import { type Change, ConfigStore } from "../../../src/services/store/ConfigStore.ts"
import { RevisionLog } from "../../../src/services/store/RevisionLog.ts"
import { complete } from "../config/documents.ts"
import { keyed, NEW_KEY, OLD_KEY } from "./keys.ts"
import { makeMemoryLog, memoryLog } from "./MemoryRevisionLog.ts"

const fakeOrigin = "http://127.0.0.1:4000"
const storeLayer = ConfigStore.layerNoDeps({ fakeOrigin })
const stored = storeLayer.pipe(Layer.provide([memoryLog, keyed(OLD_KEY)]))

/** A store that runs on this log with these keys. */
const storeOn = (log: RevisionLog["Service"], ...[first, ...others]: [string, ...Array<string>]) =>
  Effect.map(
    Layer.build(
      Layer.fresh(storeLayer.pipe(Layer.provide([Layer.succeed(RevisionLog, log), keyed(first, ...others)])))
    ),
    (context) => Context.get(context, ConfigStore)
  )

const put = (kind: Change["kind"], name: string, body: unknown): Change => ({ action: "put", kind, name, body })
const remove = (kind: Change["kind"], name: string): Change => ({ action: "delete", kind, name })

const commit = Effect.fnUntraced(function* (...changes: ReadonlyArray<Change>) {
  const store = yield* ConfigStore
  const { revision } = yield* store.snapshot
  return yield* store.commit({ base: revision, author: "alice", note: "why", changes })
})

const seed = Effect.gen(function* () {
  const store = yield* ConfigStore
  return yield* commit(...(yield* store.plan(complete(), { prune: false })))
})

const entity = Effect.fnUntraced(function* (kind: Change["kind"], name: string) {
  const { entities } = yield* (yield* ConfigStore).snapshot
  return entities.find((entity) => entity.kind === kind && entity.name === name)
})

const refusal = (error: { readonly _tag: string } | ConfigRefused) => {
  assert.strictEqual(error._tag, "ConfigRefused")
  return "problems" in error ? error.problems.map(({ path, reason }) => `${path}: ${reason}`) : []
}

const account = (more: object = {}) => ({ name: "a", type: "openai", apiKey: "sk-0123456789abcdef", ...more })
const destination = (more: object = {}) => ({
  name: "mw",
  endpoint: "https://mw.example/v1/traces",
  headers: { Authorization: "mw-key-of-some-length" },
  ...more
})

describe("ConfigStore", () => {
  it.effect("gives back what a document said, and the numbers of what wrote it", () =>
    Effect.gen(function* () {
      const store = yield* ConfigStore
      assert.deepStrictEqual(yield* store.snapshot, { revision: 0, entities: [], document: {} })
      const info = yield* seed
      assert.deepInclude(info, { revision: 1, author: "alice", note: "why" })
      const { document, entities, revision } = yield* store.snapshot
      assert.strictEqual(revision, 1)
      const { access, providerAccounts, ...rest } = complete()
      assert.deepInclude(document, rest)
      assert.deepStrictEqual(
        entities.map(({ kind, name }) => `${kind} ${name}`),
        [
          "provider-account claude",
          "provider-account demo",
          "provider-account openai-main",
          "virtual-model prod/chat",
          `token ${"ab".repeat(32)}`,
          "jwt-issuer https://idp.acme.io",
          "destination middleware",
          "settings settings"
        ]
      )
      assert.strictEqual((yield* store.compiled).revision, "1")
      assert.deepStrictEqual(yield* store.plan(complete(), { prune: true }), [])
      assert.deepStrictEqual(
        (yield* store.revisions({ limit: 5 })).map(({ changes }) => changes.length),
        [8]
      )
    }).pipe(Effect.provide(stored, { local: true }))
  )

  it.effect("refuses a change made against another revision than the newest, and says which that is", () =>
    Effect.gen(function* () {
      const store = yield* ConfigStore
      yield* seed
      const changes = [put("settings", "settings", { capture: "full" })]
      for (const base of [0, 2, -1]) {
        const error = yield* Effect.flip(store.commit({ base, author: "b", note: "", changes }))
        assert.deepInclude(error, { _tag: "StaleRevision", base, current: 1 })
      }
      assert.strictEqual((yield* store.snapshot).revision, 1)
    }).pipe(Effect.provide(stored, { local: true }))
  )

  it.effect("writes no revision where nothing changes", () =>
    Effect.gen(function* () {
      const store = yield* ConfigStore
      assert.strictEqual((yield* commit()).revision, 0)
      yield* commit(put("provider-account", "a", account()))
      const again = [
        put("provider-account", "a", { apiKey: { set: true }, type: "openai" }),
        remove("destination", "nobody")
      ]
      assert.strictEqual((yield* commit(...again)).revision, 1)
      assert.deepStrictEqual(yield* store.preview(again), [])
    }).pipe(Effect.provide(stored, { local: true }))
  )

  it.effect("shows what a change would do, without secrets and without doing it", () =>
    Effect.gen(function* () {
      const store = yield* ConfigStore
      yield* commit(put("provider-account", "a", account({ headers: { "x-short": "hunter2" } })))
      const changes = [
        put("provider-account", "a", account({ apiKey: "sk-another-secret-0042" })),
        put("destination", "mw", destination())
      ]
      const diffs = [
        {
          kind: "provider-account",
          name: "a",
          action: "update",
          before: account({ apiKey: { set: true, lastFour: "cdef" }, headers: { "x-short": { set: true } } }),
          after: account({ apiKey: { set: true, lastFour: "0042" } })
        },
        {
          kind: "destination",
          name: "mw",
          action: "create",
          after: destination({ headers: { Authorization: { set: true, lastFour: "ngth" } } })
        }
      ]
      assert.deepStrictEqual<unknown>(yield* store.preview(changes), diffs)
      assert.strictEqual((yield* store.snapshot).revision, 1)
      yield* commit(...changes)
      assert.deepStrictEqual<unknown>(yield* store.diff(2), Option.some(diffs))
      assert.isTrue(Option.isNone(yield* store.diff(3)))
      assert.isTrue(Option.isNone(yield* store.at(3)))
    }).pipe(Effect.provide(stored, { local: true }))
  )

  it.effect("keeps a secret that is written back as it is shown: by its field, a header by its name", () =>
    Effect.gen(function* () {
      yield* commit(
        put("provider-account", "a", account({ headers: { "X-Api-Key": "header-secret" } })),
        put("destination", "mw", destination())
      )
      yield* commit(
        put("provider-account", "a", {
          ...account({ apiKey: { set: true, lastFour: "cdef" }, timeoutMs: 5 }),
          headers: { "x-api-key": { set: true } }
        })
      )
      assert.deepStrictEqual(
        (yield* entity("provider-account", "a"))?.body,
        account({ timeoutMs: 5, headers: { "x-api-key": "header-secret" } })
      )
    }).pipe(Effect.provide(stored, { local: true }))
  )

  it.effect("refuses to keep a secret that is not there", () =>
    Effect.gen(function* () {
      yield* commit(put("destination", "mw", destination()))
      const reason = "is to stay as it is, but none is stored: write the secret"
      const kept = destination({ headers: { "x-other": { set: true } }, clientKey: { set: true } })
      assert.deepStrictEqual(refusal(yield* Effect.flip(commit(put("destination", "mw", kept)))), [
        `otel.destinations[mw].headers: ${reason}`,
        `otel.destinations[mw].clientKey: ${reason}`
      ])
      const elsewhere = destination({ name: "new", headers: { Authorization: { set: true } } })
      assert.deepStrictEqual(refusal(yield* Effect.flip(commit(put("destination", "new", elsewhere)))), [
        `otel.destinations[new].headers: ${reason}`
      ])
    }).pipe(Effect.provide(stored, { local: true }))
  )

  it.effect("keeps a secret only for the host that it was stored for", () =>
    Effect.gen(function* () {
      const headers = { "X-Key": "header-secret", host: "inner.example" }
      const own = { type: "openai-compatible", baseUrl: "https://llm.example/v1", ca: "-----BEGIN A-----" }
      yield* commit(
        put("provider-account", "a", account()),
        put("provider-account", "own", account({ name: "own", ...own, headers })),
        put("destination", "mw", destination())
      )
      const kept = { set: true }
      const a = (more: object) => put("provider-account", "a", account({ apiKey: kept, ...more }))
      const ownWith = (more: object) =>
        put("provider-account", "own", account({ name: "own", ...own, apiKey: kept, headers, ...more }))
      const mw = (endpoint: unknown) =>
        put("destination", "mw", destination({ endpoint, headers: { authorization: kept } }))
      const toMw = "otel.destinations[mw].headers: was stored for https://mw.example: enter it again for another host"
      const toA = "providerAccounts[a].apiKey: was stored for https://api.openai.com: enter it again for another host"
      const toOwn = "providerAccounts[own].apiKey: was stored for https://llm.example"
      const rows: ReadonlyArray<readonly [Change, string]> = [
        [mw("https://evil.example/v1/traces"), toMw],
        [mw("http://mw.example/v1/traces"), toMw],
        [mw("https://mw.example:8443/v1/traces"), toMw],
        [mw("https://mw.example.evil.example/v1/traces"), toMw],
        // Where a browser's rules end the host.
        [mw("https://evil.example\\@mw.example/v1/traces"), toMw],
        [a({ baseUrl: "https://evil.example/v1" }), toA],
        [a({ type: "anthropic" }), toA],
        [a({ type: "openai-compatible", baseUrl: "https://api.openai.com.evil.example" }), toA],
        [ownWith({ baseUrl: "https://llm.example:444/v1" }), `${toOwn}: enter it again for another host`],
        [ownWith({ ca: "-----BEGIN B-----" }), `${toOwn} with another ca or host header: enter it again`],
        [
          ownWith({ headers: { ...headers, host: "evil.example" } }),
          `${toOwn} with another ca or host header: enter it again`
        ]
      ]
      const store = yield* ConfigStore
      for (const [change, problem] of rows) {
        assert.deepStrictEqual(refusal(yield* Effect.flip(store.preview([change]))), [problem], JSON.stringify(change))
        assert.deepStrictEqual(refusal(yield* Effect.flip(commit(change))), [problem])
      }
      yield* commit(
        mw("https://MW.example:443/other/path"),
        a({ baseUrl: "https://api.openai.com/v2" }),
        ownWith({ baseUrl: "https://llm.example/v2", headers: { "x-key": kept, Host: kept } })
      )
      const shown = JSON.stringify((yield* store.snapshot).document)
      for (const secret of ["mw-key-of-some-length", "sk-0123456789abcdef", "header-secret", "inner.example"]) {
        assert.include(shown, secret)
      }
      yield* commit(put("destination", "mw", destination({ endpoint: "https://new.example/v1/traces" })))
    }).pipe(Effect.provide(stored, { local: true }))
  )

  it.effect("judges the configuration as a whole, and names the entity that is to be mended", () =>
    Effect.gen(function* () {
      yield* seed
      assert.deepStrictEqual(refusal(yield* Effect.flip(commit(remove("provider-account", "claude")))), [
        "virtualModels[prod/chat].routing.targets[1].model: names no model, write it as account/model"
      ])
      assert.deepStrictEqual(
        refusal(yield* Effect.flip(commit(put("token", "CD".repeat(32), { subject: "s", models: ["no/such"] })))),
        [`access.tokens[${"cd".repeat(8)}].models[0]: names no model, write it as account/model`]
      )
      assert.deepStrictEqual(
        refusal(yield* Effect.flip(commit(put("settings", "settings", { capture: "some", providerAccounts: [] })))),
        [
          "providerAccounts: expected a list of entries, which are no settings",
          "capture: expected one of full, metadata"
        ]
      )
      const routing = { type: "weight", targets: [{ model: "claude/sonnet" }] }
      assert.deepStrictEqual(refusal(yield* Effect.flip(commit(put("virtual-model", "claude/sonnet", { routing })))), [
        "virtualModels[claude/sonnet].name: is already the name of providerAccounts[claude].models[0], choose another"
      ])
      assert.strictEqual((yield* (yield* ConfigStore).snapshot).revision, 1)
    }).pipe(Effect.provide(stored, { local: true }))
  )

  it.effect("judges the changes themselves", () =>
    Effect.gen(function* () {
      const problems = refusal(
        yield* Effect.flip(
          commit(
            put("provider-account", "b", account()),
            put("provider-account", "c", account({ name: "c" })),
            remove("provider-account", "c"),
            put("destination", "mw", "no object"),
            put("destination", "", {}),
            put("team", "t\0", {}),
            put("settings", "other", {}),
            put("subject", "s".repeat(513), {})
          )
        )
      )
      assert.deepStrictEqual(problems, [
        "providerAccounts[b].name: is not the name that it is written under",
        "providerAccounts[c]: is there twice, remove one",
        "otel.destinations[mw]: expected an object",
        "otel.destinations: has an entry without name, add it",
        "access.teams: has a name with characters that none can have",
        ": has one entry, named settings",
        "access.subjects: has a name longer than 512 characters"
      ])
    }).pipe(Effect.provide(stored, { local: true }))
  )

  it.effect("refuses a path where a certificate belongs: there is no directory that it could start from", () =>
    Effect.gen(function* () {
      const changes = put("destination", "mw", destination({ ca: "./ca.pem" }))
      assert.deepStrictEqual(refusal(yield* Effect.flip(commit(changes))), [
        "otel.destinations[mw].ca: is no PEM, write the text that begins with -----BEGIN"
      ])
    }).pipe(Effect.provide(stored, { local: true }))
  )

  it.effect("plans a document: what it does not name stays, unless it is pruned", () =>
    Effect.gen(function* () {
      const store = yield* ConfigStore
      yield* seed
      const document = { capture: "full", otel: { destinations: [destination()] } }
      const kept = yield* store.plan(document, { prune: false })
      assert.deepStrictEqual(kept, [
        put("destination", "mw", destination()),
        put("settings", "settings", { resource: complete().resource, capture: "full" })
      ])
      const pruned = yield* store.plan(document, { prune: true })
      assert.deepStrictEqual(
        pruned.find(({ kind }) => kind === "settings"),
        put("settings", "settings", { capture: "full" })
      )
      yield* commit(...pruned)
      assert.deepStrictEqual((yield* store.snapshot).document, document)
    }).pipe(Effect.provide(stored, { local: true }))
  )

  it.effect("plans a document that is none, which is then refused and prunes nothing", () =>
    Effect.gen(function* () {
      const store = yield* ConfigStore
      yield* seed
      for (const document of [null, "text", [], { providerAccounts: {} }, { access: 5 }, { virtualModels: [{}] }]) {
        const changes = yield* store.plan(document, { prune: true })
        assert.isAbove(refusal(yield* Effect.flip(commit(...changes))).length, 0, JSON.stringify(document))
      }
    }).pipe(Effect.provide(stored, { local: true }))
  )

  it.effect("stores no secret in the clear, binds it to its place, and changes keys in steps", () =>
    Effect.gen(function* () {
      const { log, text } = yield* makeMemoryLog
      const before = yield* storeOn(log, OLD_KEY)
      const secrets = ["sk-0123456789abcdef", "mw-key-of-some-length"]
      const changes = [put("provider-account", "a", account()), put("destination", "mw", destination())]
      yield* before.commit({ base: 0, author: "a", note: "", changes })
      for (const secret of secrets) assert.notInclude(text(), secret)

      const lost = yield* Effect.flip(storeOn(log, NEW_KEY))
      assert.include(lost.message, "provider-account a were sealed with another key")

      const { document } = yield* before.snapshot
      yield* storeOn(log, NEW_KEY, OLD_KEY)
      const after = yield* storeOn(log, NEW_KEY)
      assert.deepStrictEqual((yield* after.snapshot).document, document)
      assert.strictEqual((yield* Effect.flip(before.snapshot))._tag, "SealedByAnotherKey")

      const [entity] = yield* log.entitiesAt(1)
      const moved = [{ kind: "provider-account", name: "b", action: "create", body: entity?.body ?? "" }] as const
      yield* log.append({ base: 1, at: 0, author: "", note: "", changes: moved })
      assert.strictEqual((yield* Effect.flip(after.snapshot))._tag, "SealedByAnotherKey")
    })
  )

  const Name = Schema.Literals(["a", "b", "c"])
  const Secret = Schema.Literals(["sk-0123456789abcdef", "short", "sk-fedcba9876543210"])
  const Step = Schema.Union([
    Schema.Struct({ put: Schema.Literal("provider-account"), name: Name, apiKey: Secret }),
    Schema.Struct({
      put: Schema.Literal("destination"),
      name: Name,
      header: Secret,
      compression: Schema.Literals(["gzip", "none"])
    }),
    Schema.Struct({ put: Schema.Literal("settings"), capture: Schema.Literals(["full", "metadata"]) }),
    Schema.Struct({ remove: Schema.Literals(["provider-account", "destination"]), name: Name })
  ])
  const changeOf = (step: typeof Step.Type): Change => {
    if ("remove" in step) return remove(step.remove, step.name)
    switch (step.put) {
      case "provider-account":
        return put(step.put, step.name, { type: "openai", apiKey: step.apiKey })
      case "destination":
        return put(step.put, step.name, {
          endpoint: "https://mw.example",
          headers: { [step.name]: step.header },
          compression: step.compression
        })
      case "settings":
        return put(step.put, "settings", { capture: step.capture })
    }
  }

  it.effect.prop(
    "any revision can be shown and restored, whatever came after it",
    { steps: Schema.Array(Step).check(Schema.isMaxLength(12)) },
    ({ steps }) =>
      Effect.gen(function* () {
        const store = yield* ConfigStore
        const documents: Array<unknown> = [{}]
        for (const step of steps) {
          const { revision } = yield* commit(changeOf(step))
          documents[revision] = (yield* store.snapshot).document
        }
        for (const [revision, document] of documents.entries()) {
          assert.deepStrictEqual(Option.getOrThrow(yield* store.at(revision)).document, document)
          yield* commit(...Option.getOrThrow(yield* store.restoration(revision)))
          assert.deepStrictEqual((yield* store.snapshot).document, document)
        }
      }).pipe(Effect.provide(stored, { local: true }))
  )
})
