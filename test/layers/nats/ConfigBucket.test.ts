import { PassThrough } from "node:stream"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import type { NatsConnection } from "nats"
import { ConfigBucket } from "../../../src/layers/nats/ConfigBucket.ts"
import { publishConfig } from "../../../src/layers/nats/ConfigPublisher.ts"
import { isEntityKey, toEntities } from "../../../src/layers/nats/configEntities.ts"
import { NatsLink } from "../../../src/layers/nats/NatsLink.ts"
import { TraceConsumers } from "../../../src/layers/nats/TraceConsumers.ts"
import { MasterKey } from "../../../src/services/config/MasterKey.ts"
import { Metrics } from "../../../src/services/metrics/Metrics.ts"
import { until } from "../jose/until.ts"
import { masterKey } from "./links.ts"

const KEY = "a-master-key-of-32-characters-or-more"

/** A bucket without a server: what its watch tells and what a reading finds, and when, is what the test says. */
const scripted = Effect.gen(function* () {
  const key = Context.get(yield* Layer.build(masterKey(KEY)), MasterKey)
  const put = (name: string, revision: number) => ({
    key: name,
    revision,
    operation: "PUT",
    value: key.seal(name, Buffer.from(name))
  })
  const script = {
    /** What a reading finds; what is written goes here, and no watch tells of it. */
    found: [put("a", 5)],
    /** Runs after a reading has found what it finds, and before it ends. */
    beforeEnd: async () => {},
    watches: [] as Array<PassThrough>
  }
  let last = 100
  const kv = {
    put: async (name: string, value: Uint8Array) => {
      const entry = { key: name, revision: ++last, operation: "PUT", value: Buffer.from(value) }
      script.found = [...script.found.filter((other) => other.key !== name), entry]
    },
    purge: async (name: string) => {
      last += 1
      script.found = script.found.filter((other) => other.key !== name)
    },
    status: async () => ({ streamInfo: { created: "once" } }),
    watch: async (reading?: { readonly initializedFn: () => void }) => {
      const stream = new PassThrough({ objectMode: true })
      if (reading === undefined) script.watches.push(stream)
      else {
        for (const entry of script.found) stream.write(entry)
        void script.beforeEnd().then(reading.initializedFn)
      }
      return Object.assign(stream, { stop: () => void stream.end() })
    }
  }
  // Nothing but the bucket's own calls is asked of it.
  const connection = { jetstream: () => ({ views: { kv: async () => kv } }) } as unknown as NatsConnection
  const link = NatsLink.of({
    isUp: () => true,
    whenUp: Effect.succeed(connection),
    use: (ask) => Effect.promise(() => ask(connection)),
    onUp: () => () => {}
  })
  const context = yield* Layer.build(
    ConfigBucket.layer({ replicas: 1 }).pipe(
      Layer.provide([Layer.succeed(NatsLink, link), Layer.succeed(MasterKey, key), Metrics.layer])
    )
  )
  const bucket = Context.get(context, ConfigBucket)
  yield* bucket.loaded
  const names = () => [...bucket.entries(() => true).keys()].join()
  yield* until(() => script.watches.length === 1)
  return { bucket, put, script, names }
})

const noConsumers = TraceConsumers.of({ claim: () => Effect.void })

describe("the configuration's bucket", () => {
  it.effect("does not bring back what was removed while it was read for comparison: a revoked token", () =>
    Effect.gen(function* () {
      const { names, put, script } = yield* scripted
      assert.strictEqual(names(), "a")
      script.found = [put("a", 5), put("c", 7)]
      script.beforeEnd = async () => {
        script.watches[0]?.write({ key: "a", revision: 6, operation: "DEL" })
        while (names() !== "") await new Promise(setImmediate)
      }
      yield* TestClock.adjust("1 minute")
      yield* until(() => names().includes("c"))
      assert.strictEqual(names(), "c")
    })
  )

  it.effect("holds exactly the last of two documents that were published faster than a watch tells of them", () =>
    Effect.gen(function* () {
      const { bucket, script } = yield* scripted
      const publish = (names: ReadonlyArray<string>, revision: string) =>
        publishConfig(
          { virtualModels: names.map((name) => ({ name })) },
          { revision, order: { epoch: 1, number: 1 } }
        ).pipe(Effect.provideService(ConfigBucket, bucket), Effect.provideService(TraceConsumers, noConsumers))
      yield* publish(["x"], "r1")
      // What an interrupted publication of x and y has written, and nobody has told of.
      for (const [key, text] of toEntities({ virtualModels: [{ name: "x", more: 1 }, { name: "y" }] })) {
        yield* bucket.write(key, text)
      }
      yield* publish(["x"], "r1")
      const last = toEntities({ virtualModels: [{ name: "x" }] })
      assert.deepStrictEqual(
        script.found
          .map(({ key }) => key)
          .filter(isEntityKey)
          .sort(),
        [...last.keys()].sort()
      )
      assert.deepStrictEqual(bucket.entries(isEntityKey), last)
    })
  )

  it.effect("names a revision only after its destinations have their place in the trace stream", () =>
    Effect.gen(function* () {
      const { bucket, script } = yield* scripted
      const claims: Array<unknown> = []
      const order = { epoch: 7, number: 3 }
      yield* publishConfig(
        { otel: { destinations: [{ name: "a" }, { name: "b" }, { noName: true }] } },
        { revision: "r1", order }
      ).pipe(
        Effect.provideService(ConfigBucket, bucket),
        Effect.provideService(TraceConsumers, {
          claim: (consumers, claim) =>
            Effect.sync(
              () =>
                void claims.push({ consumers, ...claim, written: script.found.filter(({ key }) => isEntityKey(key)) })
            )
        })
      )
      assert.deepStrictEqual(claims, [
        { consumers: ["destination:a", "destination:b"], order, whole: true, written: [] }
      ])
      assert.strictEqual(script.found.filter(({ key }) => key === "rev").length, 1)
    })
  )

  it.effect("is left alone by a publication that a later one has overtaken", () =>
    Effect.gen(function* () {
      const { bucket, script } = yield* scripted
      const publish = (number: number) =>
        publishConfig({ virtualModels: [{ name: `m${number}` }] }, { revision: "r", order: { epoch: 7, number } }).pipe(
          Effect.provideService(ConfigBucket, bucket),
          Effect.provideService(TraceConsumers, noConsumers)
        )
      yield* publish(2)
      const after = script.found
      yield* publish(1)
      assert.deepStrictEqual(script.found, after)
      yield* publish(3)
      assert.deepStrictEqual(bucket.entries(isEntityKey), toEntities({ virtualModels: [{ name: "m3" }] }))
    })
  )

  it.effect("is followed anew after a watch that broke", () =>
    Effect.gen(function* () {
      const { names, put, script } = yield* scripted
      script.watches[0]?.destroy(new Error("consumer deleted"))
      while (script.watches.length === 1) {
        yield* TestClock.adjust("100 millis")
        yield* Effect.promise(() => new Promise(setImmediate))
      }
      script.watches[1]?.write(put("b", 8))
      yield* until(() => names() === "a,b")
    })
  )
})
