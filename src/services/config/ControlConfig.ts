import * as Config from "effect/Config"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

const secret = (name: string) =>
  Config.option(Config.Redacted(name)).pipe(Config.map(Option.filter((value) => Redacted.value(value) !== "")))

/** What the environment says to a control plane, beside `ProgramConfig`. Read once; an empty variable counts as not set. */
export const ControlConfig = Config.all({
  /** Opens the control plane, whatever the configuration says of who may. */
  adminToken: secret("SPANGATE_ADMIN_TOKEN"),
  /** Where the configuration is kept. Default: SQLite in the data directory. */
  postgresUrl: secret("SPANGATE_POSTGRES_URL"),
  /** Where traces are kept. Default: SQLite in the data directory. */
  clickhouseUrl: secret("SPANGATE_CLICKHOUSE_URL"),
  /** A gateway for the playground. */
  gatewayUrl: Config.option(Config.NonEmptyString("SPANGATE_GATEWAY_URL"))
})

export type ControlConfig = Config.Success<typeof ControlConfig>
