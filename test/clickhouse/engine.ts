/**
 * A ClickHouse server's HTTP interface before the engine of npm's `chdb`, in a process of its own: the engine must not
 * live in a worker thread, and tests kill it. `node test/clickhouse/engine.ts <folder of chdb> <data directory> <port>`
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { createRequire } from "node:module"
import { buffer } from "node:stream/consumers"
import { createGunzip, createZstdDecompress } from "node:zlib"

interface Session {
  readonly query: (sql: string, format?: string) => string
  readonly queryAsync: (sql: string, options: { format: string }) => Promise<{ readonly text: () => string }>
}

const [chdb = "", directory = "", port = "0"] = process.argv.slice(2)

const { Session } = createRequire(`${chdb}/`)("chdb") as {
  readonly Session: new (path: string, options: { readonly connectionArgs: ReadonlyArray<string> }) => Session
}
const session = new Session(directory, {
  connectionArgs: [
    "--max_server_memory_usage=1000000000",
    "--mark_cache_size=67108864",
    "--index_mark_cache_size=16777216",
    "--background_pool_size=2"
  ]
})

/** Parameters of the URL that are no settings. */
const OWN = new Set(["query", "database", "query_id", "default_format", "session_id"])

const READS = /^\s*(SELECT|WITH)\b/i

/** What the client asked to be set, in the statement itself: a `SET` would stay. */
const withSettings = (sql: string, settings: string): string => {
  if (settings === "") return sql
  if (/^\s*INSERT[^{]*?\sFORMAT /i.test(sql)) return sql.replace(/\sFORMAT (\w+)\s/, ` SETTINGS ${settings} FORMAT $1 `)
  if (READS.test(sql)) return sql.replace(/\s+FORMAT (\w+)\s*$/, ` SETTINGS ${settings} FORMAT $1`)
  return /^\s*(ALTER|INSERT)/i.test(sql) ? `${sql} SETTINGS ${settings}` : sql
}

const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const url = new URL(request.url ?? "/", "http://engine")
  const data = (await buffer(decoded(request))).toString()
  if (url.pathname === "/ping") {
    response.end("Ok.\n")
    return
  }
  const query = url.searchParams.get("query")
  const parameters: Array<string> = []
  const settings: Array<string> = []
  for (const [name, value] of url.searchParams) {
    if (name.startsWith("param_")) parameters.push(`${name} = ${quoted(value)}`)
    else if (!OWN.has(name)) settings.push(`${name} = ${quoted(value)}`)
  }
  response.setHeader("X-ClickHouse-Query-Id", url.searchParams.get("query_id") ?? "")
  response.setHeader("X-ClickHouse-Summary", "{}")
  try {
    // A server refuses these whatever the statement says; the engine learns of `readonly` from the statement.
    if (url.searchParams.has("readonly") && !READS.test(query ?? data)) {
      throw new Error("Code: 164. DB::Exception: Cannot execute query in readonly mode. (READONLY)")
    }
    const database = url.searchParams.get("database") ?? "default"
    session.query(`USE \`${database.replaceAll("`", "``")}\``)
    const sql = withSettings(query === null ? data : `${query}\n${data}`, settings.join(", "))
    if (parameters.length > 0) session.query(`SET ${parameters.join(", ")}`)
    const result = await session.queryAsync(sql, { format: "JSONEachRow" })
    response.end(result.text())
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    response.statusCode = 500
    response.setHeader("X-ClickHouse-Exception-Code", /Code: (\d+)/.exec(message)?.[1] ?? "1002")
    response.end(message)
  }
}

const decoded = (request: IncomingMessage) => {
  const coding = request.headers["content-encoding"]
  if (coding === "zstd") return request.pipe(createZstdDecompress())
  return coding === "gzip" ? request.pipe(createGunzip()) : request
}

const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\0", "\\0")}'`

// One statement at a time: the database in use and the parameters are the session's.
let last: Promise<unknown> = Promise.resolve()
const server = createServer((request, response) => {
  last = last.then(() => answer(request, response)).catch(() => response.destroy())
})

// Nobody is left to end it.
process.stdin.on("end", () => process.exit()).resume()

server.listen(Number(port), "127.0.0.1", () => {
  const address = server.address()
  if (typeof address === "object" && address !== null) console.log(`engine listening on ${address.port}`)
})
