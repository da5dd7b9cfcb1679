import type { PgClientConfig } from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/** The URL cannot be one of PostgreSQL. Does not quote it: it has a password in it. */
export class InvalidPostgresUrl extends Schema.TaggedError<InvalidPostgresUrl>()("InvalidPostgresUrl", {
  reason: Schema.String
}) {
  override get message(): string {
    return `SPANGATE_POSTGRES_URL ${this.reason}: write postgres://user:password@host:5432/database, with %40 for "@", %2F for "/", %23 for "#" and %25 for "%" in the password`
  }
}

const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]

const fault = (text: string): string | undefined => {
  const url = URL.parse(text)
  if (url === null) return "is no URL"
  if (url.protocol !== "postgres:" && url.protocol !== "postgresql:") return "does not begin with postgres://"
  const sslMode = url.searchParams.get("sslmode")
  if (sslMode !== null && !SSL_MODES.includes(sslMode)) return `has an sslmode that is none of ${SSL_MODES.join(", ")}`
  return undefined
}

/** A call that takes longer fails, and the server gives up the statement: a lock it holds is not held for good. */
export const CALL_MS = 5000

/**
 * What every connection says of itself. `sslmode` is the driver's: `require`, `verify-ca` and `verify-full` all encrypt
 * and verify the certificate and its host, `prefer` and `allow` do too unless the server has no TLS, and without it
 * nothing is encrypted. A private authority's certificate is named by Node's NODE_EXTRA_CA_CERTS.
 */
export const postgresSession = (url: Redacted.Redacted): Effect.Effect<PgClientConfig, InvalidPostgresUrl> => {
  const reason = fault(Redacted.value(url))
  if (reason !== undefined) return Effect.fail(new InvalidPostgresUrl({ reason }))
  return Effect.succeed({
    url,
    applicationName: "spangate",
    connectTimeout: "2 seconds",
    keepAlive: "10 seconds",
    // The driver's 16 MiB would let a row be written that can never be read again.
    maxMessageSize: 1024 ** 3,
    startupParameters: {
      // A role or a database may have switched it off.
      synchronous_commit: "on",
      statement_timeout: `${CALL_MS}ms`
    }
  })
}
