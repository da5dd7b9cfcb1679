import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import { ConfigBucket } from "../../../src/layers/nats/ConfigBucket.ts"
import { ConfigOrder } from "../../../src/layers/nats/ConfigOrder.ts"
import { publishConfig, publishedOrder } from "../../../src/layers/nats/ConfigPublisher.ts"
import { REVISION_KEY, toEntities } from "../../../src/layers/nats/configEntities.ts"
import { keepPublished, type PublishedDocument } from "../../../src/layers/nats/keepPublished.ts"
import * as NatsConfigSync from "../../../src/layers/nats/NatsConfigSync.ts"
import { NatsLink } from "../../../src/layers/nats/NatsLink.ts"
import { TraceConsumers } from "../../../src/layers/nats/TraceConsumers.ts"
import { revisionOf } from "../../../src/layers/yaml/revision.ts"
import { ConfigSync } from "../../../src/services/config/ConfigSync.ts"
import { Metrics } from "../../../src/services/metrics/Metrics.ts"
import { temporaryDirectory } from "../sqlite/temporaryDirectory.ts"
import { linkTo, masterKey, streamSettings } from "./links.ts"
import { natsServer } from "./server.ts"
import { until } from "./until.ts"

const KEY = "a-master-key-of-32-characters-or-more"

const document = (model: string) => ({
  providerAccounts: [{ name: "account", type: "openai", apiKey: "key", models: [{ name: model }] }]
})

const bucketAt = (url: string) =>
  ConfigBucket.layer({ replicas: 1 }).pipe(Layer.provideMerge(masterKey(KEY)), Layer.provideMerge(linkTo(url)))
const controlAt = (url: string) => TraceConsumers.layer(streamSettings()).pipe(Layer.provideMerge(bucketAt(url)))
const podAt = (url: string, directory: string) =>
  NatsConfigSync.layer(directory).pipe(Layer.provideMerge(bucketAt(url)))

const publish = (url: string, model: string, epoch: number, number: number) =>
  publishConfig(document(model), { revision: `revision of ${model}`, order: { epoch, number } }).pipe(
    Effect.provide(controlAt(url), { local: true })
  )

/** As a control plane did that knew of no order. */
const publishUnordered = (url: string, model: string) =>
  Effect.gen(function* () {
    const bucket = yield* ConfigBucket
    yield* bucket.loaded
    for (const [key, text] of toEntities(document(model))) yield* bucket.write(key, text)
    yield* bucket.write(REVISION_KEY, revisionOf(document(model)))
  }).pipe(Effect.provide(bucketAt(url), { local: true }))

const inForce = Effect.map(ConfigSync, ({ current }) => [...current().routes.keys()].join())
const untilInForce = (model: string) => until(Effect.map(inForce, (routes) => routes === `account/${model}`))
const refusals = Effect.map(Metrics, (metrics) =>
  Number(/^spangate_config_outdated_total (\d+)$/m.exec(metrics.render())?.[1])
)

const stored = (url: string) =>
  Effect.flatMap(NatsLink, (link) =>
    Effect.andThen(
      link.whenUp,
      link.use(async (connection) => {
        const kv = await connection.jetstream().views.kv("spangate_config")
        const keys: Array<string> = []
        for await (const key of await kv.keys()) keys.push(key)
        const found: Array<readonly [string, Uint8Array]> = []
        for (const key of keys) {
          const entry = await kv.get(key)
          if (entry !== null) found.push([key, entry.value])
        }
        return found
      })
    )
  ).pipe(Effect.provide(linkTo(url), { local: true }))

/** Whoever can write to NATS, without the key. */
const writeBack = (url: string, entries: ReadonlyArray<readonly [string, Uint8Array]>) =>
  Effect.flatMap(NatsLink, (link) =>
    Effect.andThen(
      link.whenUp,
      link.use(async (connection) => {
        const kv = await connection.jetstream().views.kv("spangate_config")
        for (const [key, value] of entries) await kv.put(key, value)
      })
    )
  ).pipe(Effect.provide(linkTo(url), { local: true }))

describe("an old configuration that is written back to NATS", () => {
  it.live("is refused by a running pod, and by one that starts with what it kept; a later one is taken", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const directory = yield* temporaryDirectory
      yield* publish(url, "revoked", 5, 1)
      const old = yield* stored(url)
      yield* Effect.gen(function* () {
        yield* untilInForce("revoked")
        yield* publish(url, "current", 5, 2)
        yield* untilInForce("current")
        assert.strictEqual((yield* ConfigSync).current().revision, "revision of current")
        assert.deepStrictEqual((yield* ConfigOrder).inForce(), { epoch: 5, number: 2 })
        yield* writeBack(url, old)
        yield* until(Effect.map(refusals, (count) => count === 1))
        assert.strictEqual(yield* inForce, "account/current")
      }).pipe(Effect.provide(podAt(url, directory), { local: true }))

      yield* Effect.gen(function* () {
        assert.strictEqual(yield* inForce, "account/current")
        assert.strictEqual(yield* refusals, 1)
        // A database that was made anew counts from one, in a later epoch.
        yield* publish(url, "restored", 6, 1)
        yield* untilInForce("restored")
        assert.strictEqual(yield* refusals, 1)
      }).pipe(Effect.provide(podAt(url, directory), { local: true }))
    })
  )

  it.live("does not get in piece by piece: entities of another publication make none whole", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      yield* publish(url, "revoked", 5, 1)
      const old = yield* stored(url)
      yield* publish(url, "current", 5, 2)
      yield* Effect.gen(function* () {
        yield* untilInForce("current")
        yield* writeBack(
          url,
          old.filter(([key]) => key !== REVISION_KEY)
        )
        const bucket = yield* ConfigBucket
        yield* until(
          Effect.sync(() => [...bucket.entries(() => true).values()].some((text) => text.includes("revoked")))
        )
        // What comes after it is in force, so it has been looked at.
        yield* publish(url, "next", 5, 3)
        yield* untilInForce("next")
        assert.strictEqual((yield* ConfigSync).refused(), 0)
      }).pipe(Effect.provide(podAt(url, yield* temporaryDirectory), { local: true }))
    })
  )

  it.live("of a control plane without an order is taken until one with an order was", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      yield* publishUnordered(url, "a")
      yield* Effect.gen(function* () {
        yield* untilInForce("a")
        assert.isUndefined((yield* ConfigOrder).inForce())
        yield* publishUnordered(url, "b")
        yield* untilInForce("b")
        yield* publish(url, "c", 1, 1)
        yield* untilInForce("c")
        yield* publishUnordered(url, "b")
        yield* until(Effect.map(refusals, (count) => count === 1))
        assert.strictEqual(yield* inForce, "account/c")
      }).pipe(Effect.provide(podAt(url, yield* temporaryDirectory), { local: true }))
    })
  )

  it.live("is replaced by the control plane that runs", () =>
    Effect.gen(function* () {
      const { url } = yield* natsServer()
      const documents = yield* Queue.unbounded<PublishedDocument>()
      const context = yield* Layer.build(Layer.fresh(controlAt(url)))
      const bucket = Context.get(context, ConfigBucket)
      const seen: Array<number | undefined> = []
      bucket.onChange(() => {
        const number = publishedOrder(bucket)?.number
        if (number !== seen.at(-1)) seen.push(number)
      })
      yield* keepPublished(Stream.fromQueue(documents)).pipe(Effect.provide(context), Effect.forkScoped)
      const untilPublished = (number: number) => until(Effect.sync(() => publishedOrder(bucket)?.number === number))
      const offer = (number: number) =>
        Queue.offer(documents, {
          document: document(`m${number}`),
          revision: `r${number}`,
          order: { epoch: 1, number }
        })
      yield* offer(1)
      yield* untilPublished(1)
      const old = yield* stored(url)
      yield* offer(2)
      yield* untilPublished(2)
      yield* writeBack(url, old)
      yield* until(Effect.sync(() => seen.join().endsWith("2,1,2")))
      assert.isTrue([...bucket.entries(() => true).values()].some((text) => text.includes("m2")))
    })
  )
})
