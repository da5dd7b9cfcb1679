import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { ClickHouseEngine } from "../../clickhouse/ClickHouseEngine.ts"
import { temporaryDirectory } from "../../e2e/kit/temporaryDirectory.ts"
import { type NatsServer, natsServer } from "../../layers/nats/server.ts"
import { type FleetOptions, makeFleet } from "../../nats-e2e/kit/fleet.ts"
import { connectTo } from "../../postgres/connectTo.ts"
import { type PostgresServer, postgresServer } from "../../postgres/PostgresServer.ts"
import { postgresPrograms } from "../../postgres/postgresPrograms.ts"
import { secrets } from "./document.ts"

/** In the URL of ClickHouse, to look for where it must not be. */
export const CLICKHOUSE_PASSWORD = "pa55word-of-clickhouse"

/** The engines of an installation in parts, and who starts its programs on them. */
export interface Installation {
  readonly directory: string
  readonly nats: NatsServer
  readonly postgres: PostgresServer
  readonly postgresUrl: Redacted.Redacted
  readonly fleet: ReturnType<typeof makeFleet>
}

/** NATS and PostgreSQL, which logs every statement with its parameters. No configuration file is there. */
export const installation = Effect.fnUntraced(function* (env: FleetOptions["env"] = {}) {
  const directory = yield* temporaryDirectory
  const nats = yield* natsServer()
  const postgres = yield* postgresServer
  const postgresUrl = yield* postgres.database
  yield* Effect.gen(function* () {
    const sql = yield* connectTo(postgresUrl)
    yield* sql`ALTER SYSTEM SET log_statement = 'all'`
    yield* sql`SELECT pg_reload_conf()`
  }).pipe(Effect.scoped, Effect.orDie)
  const fleet = makeFleet({
    directory,
    servers: [nats],
    env: { SPANGATE_ADMIN_TOKEN: secrets.admin, SPANGATE_POSTGRES_URL: Redacted.value(postgresUrl), ...env }
  })
  return { directory, nats, postgres, postgresUrl, fleet } satisfies Installation
})

/** ClickHouse's engine, gone with the scope. */
export const clickHouse = Effect.acquireRelease(
  Effect.promise(() => ClickHouseEngine.start()),
  (engine) => Effect.promise(() => engine.stop())
)

/** As a program is told of one, with a password, which the engine does not ask for. */
export const clickHouseUrl = (url: Redacted.Redacted): string =>
  Redacted.value(url).replace("//", `//spangate:${CLICKHOUSE_PASSWORD}@`)

/** All that a database holds, as a backup has it. */
export const dumpOf = (postgresUrl: Redacted.Redacted): string =>
  execFileSync(join(postgresPrograms(), "pg_dump"), ["--dbname", Redacted.value(postgresUrl)], {
    encoding: "utf8",
    maxBuffer: 256 * 1024 ** 2
  })

export const natsLog = ({ directory }: NatsServer): string => readFileSync(join(directory, "log"), "utf8")
