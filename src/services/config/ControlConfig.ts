import * as Config from "effect/Config"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

const given = (secret: Config.Config<Redacted.Redacted>) =>
  Config.option(secret).pipe(Config.map(Option.filter((value) => Redacted.value(value) !== "")))

/** As a bearer token it may be guessed at any speed: only its length protects it. */
const AdminToken = Schema.RedactedFromValue(
  Schema.String.check(
    Schema.isPattern(/^(?:|.{16,})$/s, {
      message: "SPANGATE_ADMIN_TOKEN must have 16 characters or more: make one with `openssl rand -hex 32`"
    })
  )
)

/** What the environment says to a control plane, beside `ProgramConfig`. Read once; an empty variable counts as not set. */
export const ControlConfig = Config.all({
  /** Opens the control plane, whatever the configuration says of who may. 16 characters or more. */
  adminToken: given(Config.schema(AdminToken, "SPANGATE_ADMIN_TOKEN")),
  /** Where the configuration is kept. Default: SQLite in the data directory. */
  postgresUrl: given(Config.Redacted("SPANGATE_POSTGRES_URL")),
  /** Where traces are kept. Default: SQLite in the data directory. */
  clickhouseUrl: given(Config.Redacted("SPANGATE_CLICKHOUSE_URL")),
  /** A gateway for the playground. */
  gatewayUrl: Config.option(Config.NonEmptyString("SPANGATE_GATEWAY_URL"))
})

export type ControlConfig = Config.Success<typeof ControlConfig>
