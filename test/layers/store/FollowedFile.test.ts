import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import { applyFile, followFile } from "../../../src/layers/store/FollowedFile.ts"
import { type Change, ConfigStore } from "../../../src/services/store/ConfigStore.ts"
import { RevisionLog } from "../../../src/services/store/RevisionLog.ts"
import { keyed, NEW_KEY, OLD_KEY } from "../../services/store/keys.ts"
import { makeMemoryLog } from "../../services/store/MemoryRevisionLog.ts"
import { temporaryDirectory } from "../sqlite/temporaryDirectory.ts"

const account = (name: string, key: string) =>
  `  - { name: ${name}, type: openai, apiKey: ${key}, models: [{ name: m }] }\n`

const destination = (name: string, header: string) =>
  `    - { name: ${name}, endpoint: "https://mw.example", headers: { a: ${header} } }\n`

/** A file beside a store, and everything that was logged. */
const world = Effect.gen(function* () {
  const file = join(yield* temporaryDirectory, "spangate.yaml")
  const { log, text } = yield* makeMemoryLog
  const lines: Array<string> = []
  const logger = Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
  const services = (...keys: [string, ...Array<string>]) =>
    Layer.fresh(ConfigStore.layerNoDeps().pipe(Layer.provideMerge([Layer.succeed(RevisionLog, log), keyed(...keys)])))
  const options = { file, env: { KEY: "sk-from-the-environment" } }
  return {
    options,
    lines,
    text,
    save: (yaml: string) => writeFileSync(file, yaml),
    apply: (...keys: Array<string>) =>
      applyFile(options).pipe(
        Effect.provide([services(keys[0] ?? OLD_KEY, ...keys.slice(1)), logger], { local: true })
      ),
    store: Effect.map(Layer.build(services(OLD_KEY)), (context) => Context.get(context, ConfigStore)),
    services,
    logger
  }
})

const commit = Effect.fnUntraced(function* (store: ConfigStore["Service"], ...changes: ReadonlyArray<Change>) {
  const { revision } = yield* store.snapshot
  return yield* store.commit({ base: revision, author: "dashboard", note: "", changes })
})

const bodies = Effect.fnUntraced(function* (store: ConfigStore["Service"]) {
  const { entities } = yield* store.snapshot
  return Object.fromEntries(entities.map(({ body, name }) => [name, body]))
})

const put = (kind: Change["kind"], name: string, body: unknown): Change => ({ action: "put", kind, name, body })

describe("FollowedFile", () => {
  it.live("fills an empty store, with references resolved, and then does nothing while the file is the same", () =>
    Effect.gen(function* () {
      const { apply, save, store: build, text } = yield* world
      const store = yield* build
      save(`capture: metadata\nproviderAccounts:\n${account("a", `'\${KEY}'`)}`)
      yield* apply()
      const [info] = yield* store.revisions({ limit: 1 })
      assert.deepInclude(info, { revision: 1, author: "file spangate.yaml" })
      assert.deepInclude((yield* bodies(store))["a"], { apiKey: "sk-from-the-environment" })
      assert.notInclude(text(), "sk-from-the-environment")
      yield* apply()
      save(`# a comment\ncapture:   metadata\nproviderAccounts:\n${account("a", `'\${KEY}'`)}`)
      yield* apply()
      assert.strictEqual((yield* store.snapshot).revision, 1)
    })
  )

  it.live("applies what changed in the file, and leaves what others made of the rest", () =>
    Effect.gen(function* () {
      const { apply, save, store: build } = yield* world
      const store = yield* build
      const file = (a: string, more: string, settings: string) =>
        `${settings}\nproviderAccounts:\n${account("a", a)}${account("b", "kb")}${more}otel:\n  destinations:\n${destination("d", "h")}`
      save(file("ka", account("c", "kc"), "capture: full"))
      yield* apply()
      yield* commit(
        store,
        put("provider-account", "a", { type: "openai", apiKey: "dashboard-a" }),
        put("provider-account", "b", { type: "openai", apiKey: "dashboard-b" }),
        put("provider-account", "new", { type: "openai", apiKey: "dashboard-new" }),
        { action: "delete", kind: "destination", name: "d" },
        put("settings", "settings", { capture: "full", resource: { team: "dashboard" } })
      )
      save(file("ka2", "", "capture: metadata"))
      yield* apply()
      const [info] = yield* store.revisions({ limit: 1 })
      assert.deepStrictEqual(info?.changes.map(({ action, name }) => `${action} ${name}`).sort(), [
        "delete c",
        "update a",
        "update settings"
      ])
      const after = yield* bodies(store)
      assert.deepStrictEqual(Object.keys(after).sort(), ["a", "b", "new", "settings"])
      assert.deepStrictEqual(after["a"], { name: "a", type: "openai", apiKey: "ka2", models: [{ name: "m" }] })
      assert.deepInclude(after["b"], { apiKey: "dashboard-b" })
      assert.deepStrictEqual(after["settings"], { resource: { team: "dashboard" }, capture: "metadata" })
    })
  )

  it.live("a file that is new to a store that has revisions counts from its next save", () =>
    Effect.gen(function* () {
      const { apply, lines, save, store: build } = yield* world
      const store = yield* build
      yield* commit(store, put("settings", "settings", { capture: "metadata" }))
      save(`capture: full\nproviderAccounts:\n${account("a", "ka")}`)
      yield* apply()
      assert.deepStrictEqual(yield* bodies(store), { settings: { capture: "metadata" } })
      assert.include(lines.join(), "it counts from its next save")
      save(`capture: full\nproviderAccounts:\n${account("a", "ka")}${account("b", "kb")}`)
      yield* apply()
      assert.deepStrictEqual(Object.keys(yield* bodies(store)), ["b", "settings"])
    })
  )

  it.live("knows what it applied last also under a new key", () =>
    Effect.gen(function* () {
      const { apply, save, services } = yield* world
      const yaml = (names: ReadonlyArray<string>) =>
        `providerAccounts:\n${names.map((name) => account(name, "k")).join("")}`
      save(yaml(["a", "b"]))
      yield* apply(OLD_KEY)
      yield* apply(NEW_KEY, OLD_KEY)
      save(yaml(["b", "c"]))
      yield* apply(NEW_KEY)
      const after = yield* Effect.flatMap(ConfigStore, bodies).pipe(Effect.provide(services(NEW_KEY), { local: true }))
      assert.deepStrictEqual(Object.keys(after), ["b", "c"])
    })
  )

  it.live("works out anew what is left to do where others write all the time", () =>
    Effect.gen(function* () {
      const { options, save, services } = yield* world
      save("capture: metadata")
      yield* Effect.gen(function* () {
        const store = yield* ConfigStore
        let others = 3
        const busy = ConfigStore.of({
          ...store,
          commit: (change) =>
            Effect.gen(function* () {
              if (others > 0) {
                others -= 1
                yield* commit(store, put("provider-account", `other-${others}`, { type: "openai", apiKey: "k" }))
              }
              return yield* store.commit(change)
            })
        })
        // The second save, so that the first is not taken for the baseline of a store that others began.
        yield* applyFile(options)
        save("capture: full")
        yield* applyFile(options).pipe(Effect.provideService(ConfigStore, busy))
        assert.deepStrictEqual(Object.keys(yield* bodies(store)), ["other-0", "other-1", "other-2", "settings"])
        assert.deepStrictEqual((yield* bodies(store))["settings"], { capture: "full" })
      }).pipe(Effect.provide(services(OLD_KEY), { local: true }))
    })
  )

  it.live("refuses a bad file by line and column, at the start and at every save, and changes nothing", () =>
    Effect.gen(function* () {
      const { lines, logger, options, save, services } = yield* world
      save("capture: sometimes")
      yield* Effect.gen(function* () {
        const store = yield* ConfigStore
        const heads = yield* Queue.unbounded<number>()
        yield* store.heads.pipe(
          Stream.runForEach((head) => Queue.offer(heads, head)),
          Effect.forkScoped
        )
        assert.strictEqual(yield* Queue.take(heads), 0)
        const refused = yield* Effect.flip(followFile(options))
        assert.match(refused.message, /spangate\.yaml:1:\d+ capture: expected one of full, metadata/)

        save("capture: metadata")
        yield* followFile(options)
        assert.strictEqual(yield* Queue.take(heads), 1)
        save("capture: full\nvirtualModels: [{}]")
        while (!lines.some((line) => line.includes("refused"))) yield* Effect.sleep("20 millis")
        assert.match(
          lines.join("\n"),
          /Configuration refused, the last good one stays in force:\n.*spangate\.yaml:2:\d+ virtualModels\[0\]\.name: is missing/
        )
        rmSync(options.file)
        while (!lines.some((line) => line.includes("does not exist"))) yield* Effect.sleep("20 millis")
        save("capture: full")
        assert.strictEqual(yield* Queue.take(heads), 2)
        assert.deepStrictEqual((yield* store.snapshot).document, { capture: "full" })
      }).pipe(Effect.provide([services(OLD_KEY), logger], { local: true }))
    })
  )

  it.live("what the store's own entries forbid is refused by their names, and tried again with the next save", () =>
    Effect.gen(function* () {
      const { apply, save, store: build } = yield* world
      const store = yield* build
      save(`providerAccounts:\n${account("a", "ka")}${account("b", "kb")}`)
      yield* apply()
      const routing = { type: "weight", targets: [{ model: "b/m" }] }
      yield* commit(store, put("virtual-model", "prod/chat", { routing }))
      save(`providerAccounts:\n${account("a", "ka2")}`)
      const refused = yield* Effect.flip(apply())
      assert.include(refused.message, "virtualModels[prod/chat].routing.targets[0].model: names no model")
      assert.deepInclude((yield* bodies(store))["a"], { apiKey: "ka" })
      yield* commit(store, { action: "delete", kind: "virtual-model", name: "prod/chat" })
      yield* apply()
      assert.deepInclude((yield* bodies(store))["a"], { apiKey: "ka2" })
      assert.isUndefined((yield* bodies(store))["b"])
    })
  )
})
