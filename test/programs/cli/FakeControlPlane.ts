import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { ControlServer } from "../../../src/layers/node-http/ControlServer.ts"
import * as SqliteRevisionLog from "../../../src/layers/sqlite/config/SqliteRevisionLog.ts"
import * as SystemIdGenerator from "../../../src/layers/system/SystemIdGenerator.ts"
import * as SystemMasterKey from "../../../src/layers/system/SystemMasterKey.ts"
import { AdminJwt, AdminJwtRefused } from "../../../src/services/api/AdminJwt.ts"
import { PlaygroundProxy } from "../../../src/services/api/PlaygroundProxy.ts"
import type { DestinationStatus } from "../../../src/services/export/DestinationStatus.ts"
import { Fleet, type Member } from "../../../src/services/export/Fleet.ts"
import { TraceSinks } from "../../../src/services/export/TraceSink.ts"
import { ConfigStore } from "../../../src/services/store/ConfigStore.ts"
import { StoreUnavailable } from "../../../src/services/store/StoreUnavailable.ts"
import type { TraceFilter } from "../../../src/services/store/TraceQuery.ts"
import { TraceStore, type TraceStoreSize } from "../../../src/services/store/TraceStore.ts"
import type { StoredTrace } from "../../../src/services/store/TraceSummary.ts"
import { sha256 } from "../../../src/services/trace/sha256.ts"
import { temporaryDirectory } from "../../layers/sqlite/temporaryDirectory.ts"

export const ADMIN = "admin-secret"

/** Of every JWT. */
export const EXPIRED = "The token has expired."

/** What runs and was traced, for a test to say. */
class World extends Context.Service<
  World,
  {
    members: ReadonlyArray<Member>
    destinations: ReadonlyArray<DestinationStatus>
    /** Newest first. */
    traces: ReadonlyArray<StoredTrace>
    /** Absent: traces cannot be read. */
    size: TraceStoreSize | undefined
    /** For which traces it was asked. */
    readonly filters: Array<TraceFilter>
    /** Done once, just before the configuration is written. */
    meanwhile: Effect.Effect<unknown>
  }
>()("test/programs/cli/World") {
  static readonly layer = Layer.sync(World, () => ({
    members: [],
    destinations: [],
    traces: [],
    size: { traces: 0, bytes: 0 },
    filters: [],
    meanwhile: Effect.void
  }))
}

/** The real control plane on a port of its own, over a real configuration store and a made-up world. */
export class FakeControlPlane extends Context.Service<
  FakeControlPlane,
  { readonly url: string; readonly store: ConfigStore["Service"]; readonly world: World["Service"] }
>()("test/programs/cli/FakeControlPlane") {}

const configuration = Layer.unwrap(
  Effect.map(temporaryDirectory, (directory) =>
    ConfigStore.layerNoDeps({ fakeOrigin: "http://127.0.0.1" }).pipe(
      Layer.provideMerge(SqliteRevisionLog.layer(directory)),
      Layer.provideMerge(SystemMasterKey.layerWithFile(directory))
    )
  )
)

/** Somebody else may come first. */
const interruptible = Layer.effect(
  ConfigStore,
  Effect.gen(function* () {
    const store = yield* ConfigStore
    const world = yield* World
    const commit: ConfigStore["Service"]["commit"] = (change) =>
      Effect.suspend(() => {
        const first = world.meanwhile
        world.meanwhile = Effect.void
        return Effect.andThen(first, store.commit(change))
      })
    return ConfigStore.of({ ...store, commit })
  })
).pipe(Layer.provideMerge(configuration))

const unused = () => Effect.die("not used by the command line")
const away = new StoreUnavailable({ store: "traces", cause: "away" })

const traceStore = Layer.effect(
  TraceStore,
  Effect.map(World, (world) =>
    TraceStore.of({
      append: unused,
      retain: unused,
      series: unused,
      top: unused,
      get: (traceId, spanId) =>
        Stream.fromIterable(
          world.traces.filter(
            ({ summary }) => summary.traceId === traceId && (spanId === undefined || summary.spanId === spanId)
          )
        ),
      page: ({ filter, limit }) => {
        world.filters.push(filter)
        return world.size === undefined
          ? Effect.fail(away)
          : Effect.succeed({ traces: world.traces.slice(0, limit).map(({ summary }) => summary), partial: false })
      },
      size: Effect.suspend(() => (world.size === undefined ? Effect.fail(away) : Effect.succeed(world.size)))
    })
  )
)

const fleet = Layer.effect(
  Fleet,
  Effect.map(World, (world) =>
    Fleet.of({ members: Effect.sync(() => world.members), destinations: Effect.sync(() => world.destinations) })
  )
)

const elsewhere = Layer.mergeAll(
  Layer.succeed(TraceSinks, { open: unused }),
  Layer.succeed(PlaygroundProxy, { chat: unused }),
  Layer.succeed(AdminJwt, { verify: () => new AdminJwtRefused({ reason: "refused", message: EXPIRED }) }),
  SystemIdGenerator.layer
)

const server = ControlServer.layer({
  version: "1.2.3",
  adminTokenSha256: sha256(ADMIN),
  host: "127.0.0.1",
  port: 0,
  dashboard: "no-dashboard",
  trouble: () => undefined,
  metrics: Effect.succeed("")
})

export const layer = Layer.effect(
  FakeControlPlane,
  Effect.gen(function* () {
    const { url } = yield* ControlServer
    return FakeControlPlane.of({ url, store: yield* ConfigStore, world: yield* World })
  })
).pipe(
  Layer.provide(server),
  Layer.provide([interruptible, traceStore, fleet, elsewhere, NodeServices.layer]),
  Layer.provide(World.layer),
  Layer.orDie
)
