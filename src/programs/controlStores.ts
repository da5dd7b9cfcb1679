import { join } from "node:path"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as ClickHouseTraceStore from "../layers/clickhouse/ClickHouseTraceStore.ts"
import * as PostgresRevisionLog from "../layers/postgres/PostgresRevisionLog.ts"
import * as SqliteRevisionLog from "../layers/sqlite/config/SqliteRevisionLog.ts"
import * as SqliteTraceStore from "../layers/sqlite/traces/SqliteTraceStore.ts"
import type { ControlConfig } from "../services/config/ControlConfig.ts"
import { ConfigStore } from "../services/store/ConfigStore.ts"
import type { RevisionLog } from "../services/store/RevisionLog.ts"

/** The configuration's revisions: in PostgreSQL where there is one, which may start after this program, else beside it. */
export const configStore = (data: string, { postgresUrl }: Pick<ControlConfig, "postgresUrl">) =>
  ConfigStore.layerNoDeps().pipe(
    Layer.provideMerge(
      Option.match(postgresUrl, {
        onNone: (): RevisionLogLayer => SqliteRevisionLog.layer(data),
        onSome: (url): RevisionLogLayer => PostgresRevisionLog.patientLayer({ url })
      })
    )
  )

type RevisionLogLayer = Layer.Layer<
  RevisionLog,
  Layer.Error<ReturnType<typeof SqliteRevisionLog.layer>> | Layer.Error<ReturnType<typeof PostgresRevisionLog.layer>>
>

/** The traces: in ClickHouse where there is one, else beside the program. */
export const traceStore = (data: string, { clickhouseUrl }: Pick<ControlConfig, "clickhouseUrl">) =>
  Option.match(clickhouseUrl, {
    onNone: () => SqliteTraceStore.layer({ file: join(data, "traces.db") }),
    onSome: (url) => ClickHouseTraceStore.layer({ url })
  })
