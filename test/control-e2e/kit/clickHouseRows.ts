import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { request } from "undici"

const ask = async (url: Redacted.Redacted, query: string): Promise<ReadonlyArray<string>> => {
  const { origin, pathname } = new URL(Redacted.value(url))
  const answer = await request(`${origin}/?database=${pathname.slice(1)}`, { method: "POST", body: query })
  const text = await answer.body.text()
  if (answer.statusCode !== 200) throw new Error(text)
  return text.trim().split("\n")
}

/** The rows of a query, as the engine says them. */
export const rowsOf = (
  url: Redacted.Redacted,
  query: string
): Effect.Effect<ReadonlyArray<{ readonly [column: string]: string | number }>> =>
  Effect.promise(async () => (await ask(url, query)).map((line) => JSON.parse(line)))

/** Every row of every table of a database, as text. */
export const rowsIn = (url: Redacted.Redacted): Effect.Effect<string> =>
  Effect.promise(async () => {
    const tables = await ask(url, "SELECT name FROM system.tables WHERE database = currentDatabase()")
    const contents: Array<string> = []
    for (const table of tables) {
      const { name } = JSON.parse(table)
      contents.push(...(await ask(url, `SELECT toString(tuple(*)) AS row FROM \`${name}\``)))
    }
    return contents.join("\n")
  })
