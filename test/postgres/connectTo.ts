import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Reactivity from "effect/reactivity/Reactivity"

/** A client of a test's own, beside the one that is tested. */
export const connectTo = (url: Redacted.Redacted) =>
  PgClient.make({ url, maxConnections: 4 }).pipe(Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make))
