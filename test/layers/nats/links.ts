import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BUCKET } from "../../../src/layers/nats/AccountBook.ts"
import { NatsLink } from "../../../src/layers/nats/NatsLink.ts"
import { STREAM, type StreamSettings } from "../../../src/layers/nats/traceStream.ts"
import * as SystemMasterKey from "../../../src/layers/system/SystemMasterKey.ts"
import { Metrics } from "../../../src/services/metrics/Metrics.ts"

export const streamSettings = (more: Partial<StreamSettings> = {}): StreamSettings => ({
  replicas: 1,
  maxStreamBytes: 256 * 1024 ** 2,
  maxAgeMs: 3_600_000,
  tenant: "t",
  deployment: "d",
  ...more
})

/** A connection of its own, with the metrics it counts in. */
export const linkTo = (url: string) =>
  NatsLink.layer({ servers: url }, "spangate-test").pipe(Layer.provideMerge(Layer.fresh(Metrics.layer)))

/** Makes the server as if nobody had been there. */
export const emptied = Effect.gen(function* () {
  const link = yield* NatsLink
  yield* link.whenUp
  for (const name of [STREAM, `KV_${BUCKET}`]) {
    yield* Effect.ignore(
      link.use(async (connection) => (await connection.jetstreamManager({ checkAPI: false })).streams.delete(name))
    )
  }
})

export const masterKey = (phrases: string) =>
  SystemMasterKey.layer.pipe(
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord({ SPANGATE_MASTER_KEY: phrases })))
  )
