import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

const text = (name: string, fallback: string) => Config.NonEmptyString(name).pipe(Config.withDefault(fallback))
const file = (name: string) => Config.option(Config.NonEmptyString(name))
const count = (name: string, fallback: number) => Config.Int(name).pipe(Config.withDefault(fallback))

const MIB = 1024 ** 2

/**
 * What the environment says of NATS, read once at a program's start. All programs of an installation are given the same:
 * whichever comes first creates the stream and the buckets by it.
 */
export const NatsSettings = Config.all({
  /** Servers, separated by commas: `nats://host:4222`, `tls://host:4222`; user and password, or a token, before the host. */
  servers: text("SPANGATE_NATS_URL", "nats://127.0.0.1:4222"),
  /** Path of a `.creds` file. */
  credentials: file("SPANGATE_NATS_CREDENTIALS"),
  /** Path of the certificate authority's PEM, where it is not a public one. */
  ca: file("SPANGATE_NATS_CA"),
  /** Copies that JetStream keeps of the stream and the buckets: 1, or 3 on a cluster of three. */
  replicas: count("SPANGATE_NATS_REPLICAS", 1),
  /** Bound of the trace stream. The server must have as much file storage left. */
  maxStreamBytes: Config.map(count("SPANGATE_NATS_MAX_MIB", 1024), (mib) => mib * MIB),
  /** Frames older than this are gone, delivered or not. */
  maxAgeMs: Config.map(count("SPANGATE_NATS_MAX_AGE_HOURS", 168), (hours) => hours * 3_600_000),
  /** Second and third part of the subject, for whoever wants to tell installations apart on one NATS. */
  tenant: Config.map(text("SPANGATE_TENANT", "default"), token),
  deployment: Config.map(text("SPANGATE_DEPLOYMENT", "default"), token)
}).pipe(
  Config.map(({ ca, credentials, ...rest }) => ({
    ...rest,
    ...(Option.isSome(ca) ? { ca: ca.value } : {}),
    ...(Option.isSome(credentials) ? { credentials: credentials.value } : {})
  }))
)

export type NatsSettings = Config.Success<typeof NatsSettings>

/** As a part of a subject: dots, wildcards and spaces would make it more or less than one. */
function token(value: string): string {
  return value.replace(/[^A-Za-z0-9_-]/g, "_")
}

/** Bound of the gateway's own spool, for as long as NATS is away. */
export const maxSpoolBytes: Effect.Effect<number, Config.ConfigError> = Effect.gen(function* () {
  return (yield* count("SPANGATE_SPOOL_MAX_MIB", 4096)) * MIB
})
