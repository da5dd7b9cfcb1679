import { chmodSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ConfigBucket } from "../../../src/layers/nats/ConfigBucket.ts"
import { publishConfig } from "../../../src/layers/nats/ConfigPublisher.ts"
import * as NatsConfigSync from "../../../src/layers/nats/NatsConfigSync.ts"
import { NatsLink } from "../../../src/layers/nats/NatsLink.ts"
import { TraceConsumers } from "../../../src/layers/nats/TraceConsumers.ts"
import { revisionOf } from "../../../src/layers/yaml/revision.ts"
import { ConfigSync } from "../../../src/services/config/ConfigSync.ts"
import { Metrics } from "../../../src/services/metrics/Metrics.ts"
import { temporaryDirectory } from "../sqlite/temporaryDirectory.ts"
import { linkTo, masterKey, streamSettings } from "./links.ts"
import { proxyTo } from "./proxy.ts"
import { natsServer } from "./server.ts"
import { until } from "./until.ts"

const OLD = "an-old-master-key-of-32-characters-or-more"
const NEW = "a-new-master-key-of-32-characters-or-more"
const SECRET = "canary-provider-key"
const DEAD = "nats://127.0.0.1:9"

const document = (models: ReadonlyArray<string>, key = SECRET) => ({
  resource: { "service.name": "canary-service" },
  providerAccounts: [{ name: "canary-account", type: "openai", apiKey: key, models: models.map((name) => ({ name })) }],
  otel: { destinations: [{ name: "place", endpoint: "http://127.0.0.1:1/canary/v1/traces" }] }
})

const bucketAt = (url: string, phrases: string) =>
  ConfigBucket.layer({ replicas: 1 }).pipe(Layer.provideMerge(masterKey(phrases)), Layer.provideMerge(linkTo(url)))

const controlAt = (url: string, phrases: string) =>
  TraceConsumers.layer(streamSettings()).pipe(Layer.provideMerge(bucketAt(url, phrases)))

let publications = 0
const publish = (url: string, content: unknown, phrases = OLD, order = { epoch: 1, number: ++publications }) =>
  publishConfig(content, { revision: revisionOf(content), order }).pipe(
    Effect.provide(controlAt(url, phrases), { local: true })
  )

const podAt = (url: string, directory: string, phrases = OLD) =>
  NatsConfigSync.layer(directory).pipe(Layer.provideMerge(bucketAt(url, phrases)))

const models = Effect.map(ConfigSync, ({ current }) => [...current().routes.keys()].map((name) => name.split("/")[1]))
const untilModels = (...wanted: ReadonlyArray<string>) =>
  until(Effect.map(models, (found) => found.join() === wanted.join()))

const filesBelow = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

describe("the configuration over NATS", () => {
  it.live("is in force on a pod within a second of its publication, entities added, changed and removed", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      yield* publish(url, document(["a", "b"]))
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(yield* models, ["a", "b"])
        const { current } = yield* ConfigSync
        assert.strictEqual(current().revision, revisionOf(document(["a", "b"])))
        for (const next of [["b"], ["b", "c"]]) {
          yield* publish(url, document(next))
          const began = performance.now()
          yield* untilModels(...next)
          assert.isBelow(performance.now() - began, 1000)
        }
        yield* publish(url, { ...document(["b"]), otel: {} })
        yield* until(Effect.sync(() => current().destinations.length === 0))
      }).pipe(Effect.provide(podAt(url, yield* temporaryDirectory), { local: true }))
    })
  )

  it.live("stands in the clear neither in the bucket nor on the pod's disk", () =>
    Effect.gen(function* () {
      const server = yield* natsServer()
      const directory = yield* temporaryDirectory
      yield* publish(server.url, document(["canary-model"]))
      yield* Effect.provide(models, podAt(server.url, directory), { local: true })
      const files = [...filesBelow(server.directory), ...filesBelow(directory)]
      const sealed = files.filter((file) => file.endsWith(".blk") || file.endsWith(".sealed"))
      assert.isAtLeast(sealed.length, 2)
      // The server's own configuration and log say none of it either.
      for (const file of files) assert.isFalse(readFileSync(file).includes("canary"), file)
      assert.strictEqual(statSync(join(directory, "config.sealed")).mode & 0o777, 0o600)
    })
  )

  it.live("of another key is refused with what to do; so is the copy on disk", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const directory = yield* temporaryDirectory
      yield* publish(url, document(["a"]))
      yield* Effect.provide(models, podAt(url, directory), { local: true })
      const start = (at: string, phrases: string) =>
        Effect.flip(Effect.provide(models, podAt(at, directory, phrases), { local: true }))
      assert.match((yield* start(url, NEW)).message, /^SPANGATE_MASTER_KEY does not open the configuration in NATS/)
      assert.match((yield* start(DEAD, NEW)).message, /^SPANGATE_MASTER_KEY does not open .*config\.sealed/)
      chmodSync(join(directory, "config.sealed"), 0o600)
      assert.deepStrictEqual(yield* Effect.provide(models, podAt(DEAD, directory), { local: true }), ["a"])
    })
  )

  it.live("changes its key without a gap: pods know both, the control plane seals anew, the old one is let go", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const directory = yield* temporaryDirectory
      yield* publish(url, document(["a"]))
      yield* Effect.gen(function* () {
        yield* publish(url, document(["a"]), `${NEW},${OLD}`)
        yield* publish(url, document(["a", "b"]), NEW)
        yield* untilModels("a", "b")
      }).pipe(Effect.provide(podAt(url, directory, `${OLD},${NEW}`), { local: true }))
      assert.deepStrictEqual(
        yield* Effect.provide(models, podAt(url, yield* temporaryDirectory, NEW), { local: true }),
        ["a", "b"]
      )
    })
  )

  it.live("reaches a pod through a cut: the last state, deletions too", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const proxy = yield* proxyTo(url)
      yield* publish(url, document(["a", "b"]))
      yield* Effect.gen(function* () {
        const link = yield* NatsLink
        proxy.cut()
        yield* until(Effect.sync(() => !link.isUp()))
        for (let count = 1; count <= 10; count++) yield* publish(url, document([`m${count}`]))
        assert.deepStrictEqual(yield* models, ["a", "b"])
        proxy.mend()
        yield* untilModels("m10")
        yield* publish(url, document(["z"]))
        yield* untilModels("z")
        assert.include((yield* Metrics).render(), "spangate_config_repairs_total 0")
      }).pipe(Effect.provide(podAt(proxy.url, yield* temporaryDirectory), { local: true }))
    })
  )

  it.live("that is bad is refused and counted, and the last good one stays, also on disk", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const directory = yield* temporaryDirectory
      yield* publish(url, document(["a"]))
      yield* Effect.gen(function* () {
        const { current, refused } = yield* ConfigSync
        yield* publish(url, { ...document(["b"]), capture: "everything" })
        yield* until(Effect.sync(() => refused() === 1))
        assert.strictEqual(current().revision, revisionOf(document(["a"])))
        yield* publish(url, document(["c"]))
        yield* untilModels("c")
      }).pipe(Effect.provide(podAt(url, directory), { local: true }))
    })
  )
})
