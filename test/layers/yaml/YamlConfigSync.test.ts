import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as YamlConfigSync from "../../../src/layers/yaml/YamlConfigSync.ts"
import { ConfigSync } from "../../../src/services/config/ConfigSync.ts"
import { certificate } from "./certificate.ts"

const temporaryDirectory = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "spangate-"))),
  (directory) => Effect.promise(() => rm(directory, { recursive: true, force: true }))
)

const write = (file: string, text: string) => Effect.promise(() => writeFile(file, text))

const withModel = (name: string) => `providerAccounts: [{ name: a, type: fake, models: [{ name: ${name} }] }]\n`

/** The layer on a file that holds model `one`; its changes and its log as queues, so that a test can wait for either. */
const started = Effect.gen(function* () {
  const directory = yield* temporaryDirectory
  const file = join(directory, "spangate.yaml")
  yield* write(file, withModel("one"))
  return { directory, file, ...(yield* watched(file)) }
})

const watched = Effect.fnUntraced(function* (file: string) {
  const log = yield* Queue.unbounded<string>()
  const logger = Logger.make<unknown, void>(({ message }) => {
    Queue.offerUnsafe(log, Array.isArray(message) ? message.join(" ") : String(message))
  })
  const layer = YamlConfigSync.layer({ file, env: {}, fakeOrigin: "http://127.0.0.1:1" }).pipe(
    Layer.provide(Logger.layer([logger]))
  )
  const sync = Context.get(yield* Layer.build(layer), ConfigSync)
  const models = yield* Queue.unbounded<string>()
  yield* sync.changes.pipe(
    Stream.runForEach((config) => Queue.offer(models, [...config.routes.keys()].join())),
    Effect.forkScoped
  )
  return { sync, log, models }
})

describe("YamlConfigSync", () => {
  it.live("has the file's content from the start", () =>
    Effect.gen(function* () {
      const { models, sync } = yield* started
      assert.isTrue(sync.current().routes.has("a/one"))
      assert.strictEqual(yield* Queue.take(models), "a/one")
      assert.strictEqual(sync.refused(), 0)
    })
  )

  it.live("does not start with a bad file, and says everything that is wrong with it", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryDirectory, "spangate.yaml")
      yield* write(file, "captur: full\nresourc: {}\n")
      const error = yield* Effect.flip(watched(file))
      assert.strictEqual(error._tag, "ConfigRefused")
      assert.strictEqual(
        error.message,
        `${file}:1:1 captur: unknown key, did you mean "capture"?\n${file}:2:1 resourc: unknown key, did you mean "resource"?`
      )
    })
  )

  it.live("does not start without a file", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryDirectory, "spangate.yaml")
      const error = yield* Effect.flip(watched(file))
      assert.strictEqual(error.message, `${file} cannot be read: it does not exist`)
    })
  )

  it.live("follows an edit within a second", () =>
    Effect.gen(function* () {
      const { file, models, sync } = yield* started
      yield* Queue.take(models)
      yield* write(file, withModel("two"))
      assert.strictEqual(yield* Queue.take(models).pipe(Effect.timeout("1 second")), "a/two")
      assert.isTrue(sync.current().routes.has("a/two"))
    })
  )

  it.live("follows a file that is put in the place of another, again and again", () =>
    Effect.gen(function* () {
      const { directory, file, models } = yield* started
      yield* Queue.take(models)
      for (const name of ["two", "three"]) {
        const draft = join(directory, ".spangate.yaml.swp")
        yield* write(draft, withModel(name))
        yield* Effect.promise(() => rename(draft, file))
        assert.strictEqual(yield* Queue.take(models), `a/${name}`)
      }
    })
  )

  it.live("follows a link to another directory, as a Kubernetes ConfigMap is swapped", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      for (const name of ["one", "two"]) {
        yield* Effect.promise(() => mkdir(join(directory, name)))
        yield* write(join(directory, name, "spangate.yaml"), withModel(name))
      }
      const file = join(directory, "spangate.yaml")
      yield* Effect.promise(() => symlink("one", join(directory, "..data")))
      yield* Effect.promise(() => symlink("..data/spangate.yaml", file))
      const { models } = yield* watched(file)
      assert.strictEqual(yield* Queue.take(models), "a/one")
      yield* Effect.promise(() => symlink("two", join(directory, "..data_tmp")))
      yield* Effect.promise(() => rename(join(directory, "..data_tmp"), join(directory, "..data")))
      assert.strictEqual(yield* Queue.take(models), "a/two")
    })
  )

  it.live("keeps the last good one after a bad edit, and takes the next good one", () =>
    Effect.gen(function* () {
      const { file, log, models, sync } = yield* started
      yield* Queue.take(models)
      const before = sync.current()
      yield* write(file, withModel("one").replace("models", "modls"))
      assert.strictEqual(
        yield* Queue.take(log),
        `Configuration refused, the last good one stays in force:\n${file}:1:43 providerAccounts[0].modls: unknown key, did you mean "models"?`
      )
      assert.strictEqual(sync.refused(), 1)
      assert.strictEqual(sync.current(), before)

      yield* write(file, withModel("two"))
      assert.strictEqual(yield* Queue.take(models), "a/two")
      assert.strictEqual(yield* Queue.take(log), `Configuration ${sync.current().revision} is in force`)

      // The same mistake again is another refusal.
      yield* write(file, withModel("one").replace("models", "modls"))
      yield* Queue.take(log)
      assert.strictEqual(sync.refused(), 2)
    })
  )

  it.live("keeps the last good one when the file is lost, and takes its successor", () =>
    Effect.gen(function* () {
      const { file, log, models, sync } = yield* started
      yield* Queue.take(models)
      yield* Effect.promise(() => rm(file))
      assert.strictEqual(
        yield* Queue.take(log),
        `Configuration refused, the last good one stays in force:\n${file} cannot be read: it does not exist`
      )
      assert.strictEqual(sync.refused(), 1)
      assert.isTrue(sync.current().routes.has("a/one"))

      yield* write(file, withModel("two"))
      assert.strictEqual(yield* Queue.take(models), "a/two")
    })
  )

  it.live("survives the loss of the whole directory", () =>
    Effect.gen(function* () {
      const { directory, file, log, models, sync } = yield* started
      yield* Queue.take(models)
      yield* Effect.promise(() => rm(directory, { recursive: true }))
      yield* Queue.take(log)
      assert.strictEqual(sync.refused(), 1)
      // The watch went with the directory: looking now and then finds the new one.
      yield* Effect.promise(() => mkdir(directory))
      yield* write(file, withModel("two"))
      assert.strictEqual(yield* Queue.take(models), "a/two")
    })
  )

  it.live("tells nobody of an edit that changes nothing but the layout", () =>
    Effect.gen(function* () {
      const { file, log, models, sync } = yield* started
      yield* Queue.take(models)
      const before = sync.current()
      yield* write(file, `# a comment\n${withModel("one")}`)
      assert.strictEqual(yield* Queue.take(log), `Configuration ${before.revision} is in force`)
      assert.strictEqual(sync.current(), before)
      yield* write(file, withModel("two"))
      assert.strictEqual(yield* Queue.take(models), "a/two")
    })
  )

  it.live("stops watching when its scope closes", () =>
    Effect.gen(function* () {
      const watchers = () => process.getActiveResourcesInfo().filter((name) => name === "FSEventWrap").length
      const before = watchers()
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* started
          assert.strictEqual(watchers(), before + 1)
        })
      )
      assert.strictEqual(watchers(), before)
    })
  )

  it.live("reads certificates relative to the file, and names those it cannot read", () =>
    Effect.gen(function* () {
      const { directory, file, log, models, sync } = yield* started
      yield* Queue.take(models)
      yield* write(join(directory, "ca.pem"), certificate)
      const withCa = (ca: string) => `providerAccounts:
  - { name: b, type: openai-compatible, baseUrl: "https://llm.internal/v1", ca: ${ca}, models: [{ name: m }] }
otel: { destinations: [{ name: d, endpoint: "https://otel.internal/v1/traces", ca: ${ca} }] }
`
      yield* write(file, withCa("./ca.pem"))
      assert.strictEqual(yield* Queue.take(models), "b/m")
      assert.strictEqual(sync.current().routes.get("b/m")?.targets[0]?.target.account.ca, certificate)
      assert.strictEqual(sync.current().destinations[0]?.ca, certificate)
      yield* Queue.take(log)

      yield* write(file, withCa("./nowhere.pem"))
      const missing = "names a file that cannot be read (ENOENT), write PEM or a path relative to this file"
      assert.strictEqual(
        yield* Queue.take(log),
        `Configuration refused, the last good one stays in force:\n${file}:2:77 providerAccounts[0].ca: ${missing}\n${file}:3:80 otel.destinations[0].ca: ${missing}`
      )
      yield* write(file, withCa("spangate.yaml"))
      assert.include(yield* Queue.take(log), "providerAccounts[0].ca: is no certificate in PEM")
    })
  )
})
