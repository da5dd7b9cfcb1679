import { createHash } from "node:crypto"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import * as AdminJwtLayer from "../../../src/layers/jose/AdminJwtLayer.ts"
import * as JwksFetch from "../../../src/layers/jose/JwksFetch.ts"
import { ControlServer } from "../../../src/layers/node-http/ControlServer.ts"
import * as UndiciPlaygroundProxy from "../../../src/layers/node-http/UndiciPlaygroundProxy.ts"
import { otlpTraceSinks } from "../../../src/layers/otlp/OtlpTraceSinks.ts"
import * as SqliteRevisionLog from "../../../src/layers/sqlite/config/SqliteRevisionLog.ts"
import * as SqliteTraceStore from "../../../src/layers/sqlite/traces/SqliteTraceStore.ts"
import * as SystemIdGenerator from "../../../src/layers/system/SystemIdGenerator.ts"
import * as SystemMasterKey from "../../../src/layers/system/SystemMasterKey.ts"
import { Fleet } from "../../../src/services/export/Fleet.ts"
import { ConfigStore } from "../../../src/services/store/ConfigStore.ts"
import { RevisionLog } from "../../../src/services/store/RevisionLog.ts"
import type { TraceStore } from "../../../src/services/store/TraceStore.ts"
import { temporaryDirectory } from "../../layers/sqlite/temporaryDirectory.ts"

export const ADMIN = "sga-the-admin-token-of-the-test-3f9a77c1"
export const EDITOR = "sga-the-editor-token-of-the-test-1b2c90aa"
export const VIEWER = "sga-the-viewer-token-of-the-test-77de01f4"
export const PROVIDER_KEY = "sk-canary-provider-key-9d1e"
export const MIDDLEWARE_KEY = "mw-canary-ingest-key-41aa"
export const MASTER_KEY = "canary-master-key-canary-master-key-01"
/** None of them may stand in an answer or in the log. */
export const SECRETS = [ADMIN, EDITOR, VIEWER, PROVIDER_KEY, MIDDLEWARE_KEY, MASTER_KEY]

export const sha = (text: string) => createHash("sha256").update(text).digest("hex")

const statuses = (endpoint: string) => [
  {
    name: "middleware",
    ledger: {
      captured: 10,
      delivered: 8,
      rejected: 0,
      deadLettered: 0,
      dropped: { spool_full: 1 },
      queued: 1,
      queuedBytes: 200,
      oldestAt: 1
    },
    health: { state: "retrying", since: 1, lastError: { reason: "http_503", message: endpoint, at: 2 } },
    paused: false,
    retries: 3,
    batches: 4,
    probes: 0,
    maxBatchBytes: 4_000_000,
    latency: { bounds: [0.1, 1], counts: [1, 2, 3], sum: 4 }
  } as const
]

const fleet = Layer.succeed(Fleet, {
  members: Effect.succeed([
    { role: "gateway" as const, instance: "gw-1", host: "here", version: "1.0.0", revision: "2", seenAt: 5 }
  ]),
  destinations: Effect.succeed(statuses("busy"))
})

/** Everything that was logged, as one text. */
export class Logged extends Context.Service<Logged, { readonly text: () => string }>()("test/Logged") {}

const logging = Layer.unwrap(
  Effect.sync(() => {
    const lines: Array<string> = []
    const logger = Logger.map(Logger.formatJson, (line) => void lines.push(line))
    return Layer.merge(Logger.layer([logger]), Layer.succeed(Logged, { text: () => lines.join("\n") }))
  })
)

export interface PlaneOptions {
  readonly gatewayUrl?: string
  readonly dashboard?: boolean
  /** The program has no admin token of its own. */
  readonly rootless?: boolean
  /** What the store sees of its log. */
  readonly log?: (log: RevisionLog["Service"]) => RevisionLog["Service"]
  /** Instead of a real one. */
  readonly traces?: Layer.Layer<TraceStore>
}

/** A whole control plane over real stores in a directory of its own, on a free port, with a Middleware of its own. */
export const controlPlane = ({
  dashboard = false,
  gatewayUrl,
  log = (log) => log,
  rootless = false,
  traces
}: PlaneOptions = {}) =>
  Layer.unwrap(
    Effect.map(temporaryDirectory, (directory) => {
      if (dashboard) {
        mkdirSync(join(directory, "dashboard", "assets"), { recursive: true })
        writeFileSync(join(directory, "dashboard", "index.html"), "<!doctype html><title>the dashboard</title>")
        writeFileSync(join(directory, "dashboard", "assets", "main-abc123.js"), "export {}")
      }
      const server = ControlServer.layer({
        host: "127.0.0.1",
        port: 0,
        version: "1.2.3",
        adminTokenSha256: rootless ? undefined : sha(ADMIN),
        dashboard: join(directory, "dashboard"),
        trouble: () => undefined,
        metrics: Effect.succeed("spangate_up 1\n")
      })
      return server.pipe(
        Layer.provide(UndiciPlaygroundProxy.layer(gatewayUrl)),
        Layer.provide(AdminJwtLayer.layer.pipe(Layer.provide(JwksFetch.layer))),
        Layer.provide(otlpTraceSinks({ version: "1.2.3", instanceId: "i", hostName: "h" })),
        Layer.provide(SystemIdGenerator.layer),
        Layer.provide(fleet),
        Layer.provideMerge(
          ConfigStore.layerNoDeps().pipe(Layer.provide(Layer.effect(RevisionLog, Effect.map(RevisionLog, log))))
        ),
        Layer.provide(SystemMasterKey.layer),
        Layer.provideMerge(SqliteRevisionLog.layer(directory)),
        Layer.provideMerge(traces ?? SqliteTraceStore.layer({ file: join(directory, "traces.db") })),
        Layer.provideMerge(FakeMiddleware.layer({ key: MIDDLEWARE_KEY })),
        Layer.provideMerge(logging),
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord({ SPANGATE_MASTER_KEY: MASTER_KEY })))
      )
    })
  )

/** What the store begins with: an account, a destination, and tokens for the three roles. */
export const seed = (endpoint: string) => ({
  resource: { "service.name": "spangate-test" },
  providerAccounts: [{ name: "openai-main", type: "openai", apiKey: PROVIDER_KEY, models: [{ name: "gpt-4o-mini" }] }],
  virtualModels: [{ name: "prod/chat", routing: { type: "weight", targets: [{ model: "openai-main/gpt-4o-mini" }] } }],
  access: { tokens: [{ subject: "user:alice", sha256: sha("alice"), models: ["*"] }] },
  admin: {
    tokens: [
      { name: "editor", role: "editor", sha256: sha(EDITOR) },
      { name: "viewer", role: "viewer", sha256: sha(VIEWER) }
    ]
  },
  otel: { destinations: [{ name: "middleware", endpoint, headers: { Authorization: MIDDLEWARE_KEY } }] }
})
