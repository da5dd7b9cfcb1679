import { readFileSync } from "node:fs"
import type { ClientApi, Dialect, JsonObject, Operation } from "../../../src/services/provider/Api.ts"
import type { ResponseFacts } from "../../../src/services/provider/Facts.ts"
import { type SseEvent, SseParser } from "../../../src/services/provider/sse.ts"
import type { ClientRequest, StreamTranslator } from "../../../src/services/provider/Translator.ts"

const root = new URL("../../fixtures/provider/", import.meta.url)

export interface Case {
  readonly name: string
  readonly api: Dialect
  readonly operation: Operation
  readonly streamed: boolean
  readonly facts: ResponseFacts
  readonly messages: ReadonlyArray<unknown>
  readonly body: Uint8Array
}

export const readJson = (path: string) => JSON.parse(readFileSync(new URL(path, root), "utf8"))

export const cases: ReadonlyArray<Case> = readJson("cases.json").map((each: Case) => ({
  ...each,
  body: new Uint8Array(
    readFileSync(new URL(each.streamed ? `streams/${each.name}.sse` : `answers/${each.name}.json`, root))
  )
}))

export const streams = cases.filter(({ streamed }) => streamed)

export const bodyOf = (name: string): Uint8Array => {
  const found = cases.find((each) => each.name === name)
  if (found === undefined) throw new Error(`no fixture ${name}`)
  return found.body
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

export const text = (data: Uint8Array): string => new TextDecoder().decode(data)

export const request = (api: ClientApi, json: JsonObject): ClientRequest => ({
  api,
  json,
  bytes: bytes(JSON.stringify(json))
})

/** All that a translator forwards of a body that comes in the given pieces. */
export const forward = (stream: StreamTranslator, pieces: ReadonlyArray<Uint8Array>): Uint8Array => {
  const out = pieces.map((piece) => Buffer.from(stream.push(piece)))
  return new Uint8Array(Buffer.concat([...out, Buffer.from(stream.end())]))
}

export const eventsOf = (body: Uint8Array): Array<SseEvent> => {
  const events: Array<SseEvent> = []
  new SseParser((event) => events.push(event)).push(body)
  return events
}

/** The parsed data of each event but `[DONE]`. */
export const dataOf = (body: Uint8Array): Array<unknown> =>
  eventsOf(body)
    .filter(({ data }) => data !== "[DONE]")
    .map(({ data }): unknown => JSON.parse(data))

/** Cuts at the given places, which may be any numbers. */
export const cutAt = (body: Uint8Array, places: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const sorted = [...new Set(places.map((place) => Math.abs(place) % (body.length + 1)))].sort((a, b) => a - b)
  return [0, ...sorted].map((from, i) => body.subarray(from, sorted[i] ?? body.length))
}

export const everyByte = (body: Uint8Array): ReadonlyArray<Uint8Array> =>
  Array.from(body, (_, i) => body.subarray(i, i + 1))

/** What stands at a path of parsed JSON; undefined where the path leads nowhere. */
export const at = (value: unknown, ...path: ReadonlyArray<string | number>): unknown =>
  path.reduce<unknown>(
    (each, key) => (typeof each === "object" && each !== null ? Reflect.get(each, key) : undefined),
    value
  )
