import { type ClickHouseClient, ClickHouseLogLevel, createClient } from "@clickhouse/client"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { StoreUnavailable } from "../../services/store/StoreUnavailable.ts"
import { unavailable } from "./unavailable.ts"

/** Values of a statement's `{name:Type}`. No value ever stands in the text of one. */
export type Parameters = Record<string, string | number | ReadonlyArray<string> | ReadonlyArray<number>>

/** One database on a ClickHouse server, over HTTP. */
export interface ClickHouseDatabase {
  /** A statement that only reads, stopped by the server after ten seconds. `A` is the row that it selects. */
  readonly rows: <A>(sql: string, parameters?: Parameters) => Effect.Effect<ReadonlyArray<A>, StoreUnavailable>
  readonly run: (sql: string, parameters?: Parameters) => Effect.Effect<void, StoreUnavailable>
  /** What the server has seen under the same token is not stored again, where the server still knows. */
  readonly insert: (
    table: string,
    values: ReadonlyArray<object>,
    token?: string
  ) => Effect.Effect<void, StoreUnavailable>
  /** Creates the database itself. */
  readonly create: Effect.Effect<void, StoreUnavailable>
}

/** The database of a URL that names none. */
const DATABASE = "spangate"

const READ_SECONDS = 10
/** Milliseconds; a little longer than the server takes to give up by itself. */
const ANSWER = 15_000

const READING = {
  readonly: "2",
  max_execution_time: READ_SECONDS,
  output_format_json_quote_64bit_integers: 0,
  // Else a cursor may lie one bit beside the row that it names.
  precise_float_parsing: true,
  // A row and its copies have one start, and so lie in one partition.
  do_not_merge_across_partitions_select_final: 1
} as const

const WRITING = {
  // An answer means that it is stored.
  async_insert: 0,
  precise_float_parsing: true,
  // A bus that was held up brings traces of many hours in one batch.
  max_partitions_per_insert_block: "0",
  do_not_merge_across_partitions_select_final: 1
} as const

/**
 * `http(s)://user:password@host:port/database`. Connects with the first statement. Fails when the URL is none; neither
 * that error nor any other shows a part of it.
 */
export const connect = Effect.fnUntraced(function* (
  url: string
): Effect.fn.Return<ClickHouseDatabase, StoreUnavailable, Scope.Scope> {
  const { database, ...server } = yield* addressOf(url)
  const open = (name: string) =>
    Effect.acquireRelease(
      Effect.sync(() =>
        createClient({
          ...server,
          database: name,
          application: "spangate",
          request_timeout: ANSWER,
          // A fifth of what gzip costs this process.
          compression: { request: { codec: "zstd", level: 1 } },
          log: { level: ClickHouseLogLevel.OFF }
        })
      ),
      (client) => Effect.ignore(Effect.tryPromise(() => client.close()))
    )
  const client = yield* open(database)
  return {
    rows: <A>(query: string, query_params: Parameters = {}) =>
      call((abort_signal) =>
        client
          .query({ query, query_params, abort_signal, format: "JSONEachRow", clickhouse_settings: READING })
          .then((result) => result.json<A>())
      ),
    run: (query, query_params = {}) => command(client, query, query_params),
    insert: (table, values, token) =>
      call((abort_signal) =>
        client.insert({
          table,
          values,
          abort_signal,
          format: "JSONEachRow",
          clickhouse_settings: { ...WRITING, ...(token === undefined ? {} : { insert_deduplication_token: token }) }
        })
      ).pipe(Effect.asVoid),
    create: open("default").pipe(
      Effect.flatMap((server) =>
        command(server, "CREATE DATABASE IF NOT EXISTS {name:Identifier}", { name: database })
      ),
      Effect.scoped
    )
  }
})

const command = (client: ClickHouseClient, query: string, query_params: Parameters) =>
  call((abort_signal) => client.command({ query, query_params, abort_signal, clickhouse_settings: WRITING })).pipe(
    Effect.asVoid
  )

const call = <A>(body: (signal: AbortSignal) => Promise<A>) => Effect.tryPromise({ try: body, catch: unavailable })

const addressOf = (text: string) =>
  Effect.try({
    try: () => {
      const url = new URL(text)
      if (!/^https?:$/.test(url.protocol)) throw new Error("protocol")
      return {
        url: url.origin,
        database: decodeURIComponent(url.pathname.slice(1)) || DATABASE,
        ...(url.username === "" ? {} : { username: decodeURIComponent(url.username) }),
        ...(url.password === "" ? {} : { password: decodeURIComponent(url.password) })
      }
    },
    // What was wrong with it is not passed on: it may quote the password.
    catch: () =>
      new StoreUnavailable({
        store: "traces",
        cause: new Error("ClickHouse's URL is not of the form http://user:password@host:8123/database")
      })
  })
