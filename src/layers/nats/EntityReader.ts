import { createHash } from "node:crypto"
import * as Predicate from "effect/Predicate"
import { isDocument, writeSection } from "../../services/config/documentEntities.ts"
import { sections } from "../../services/config/entities.ts"
import { eachInSteps, LOOK, type Steps, WORK } from "../../services/config/Steps.ts"
import { isEntityKey, SETTINGS_KEY, sectionOfKey } from "./configEntities.ts"

/** An entity of a section as it was read. */
interface Placed {
  readonly text: string
  readonly place: number
  readonly value: unknown
}

/**
 * Reads one publication after another, in steps. An entity whose value has not changed since the last one is the same
 * object again.
 */
export interface EntityReader {
  /** What `digestOf` gives. */
  readonly digest: (entities: ReadonlyMap<string, string>) => Steps<string>
  /** The document that the entities came from; undefined where they are not what `toEntities` gives. */
  readonly document: (entities: ReadonlyMap<string, string>) => Steps<unknown>
}

/** Entities that are written into the digest at once. */
const BATCH = 128

export const makeEntityReader = (): EntityReader => {
  /** As sorted last time: sorting what is nearly sorted takes a tenth of the time. */
  let sorted: ReadonlyArray<string> = []
  let known: ReadonlyMap<string, Placed> = new Map()

  const sortedKeys = function* (entities: ReadonlyMap<string, string>): Steps<ReadonlyArray<string>> {
    const keys: Array<string> = []
    const kept = new Set<string>()
    yield* eachInSteps(sorted, (key) => {
      if (entities.has(key)) {
        keys.push(key)
        kept.add(key)
      }
      return LOOK
    })
    yield* eachInSteps(entities.keys(), (key) => {
      if (!kept.has(key) && isEntityKey(key)) keys.push(key)
      return LOOK
    })
    yield
    sorted = keys.sort()
    yield
    return sorted
  }

  return {
    digest: function* (entities) {
      const hash = createHash("sha256")
      let batch: Array<string> = []
      const write = (end: string) => {
        hash.update(batch.join("") + end)
        batch = []
      }
      yield* eachInSteps(yield* sortedKeys(entities), (key, index) => {
        batch.push(index === 0 ? "[" : ",", JSON.stringify([key, entities.get(key)]))
        if (batch.length >= 2 * BATCH) write("")
        return WORK / 2
      })
      write(sorted.length === 0 ? "[]" : "]")
      return hash.digest("hex")
    },

    document: function* (entities) {
      const settings = parse(entities.get(SETTINGS_KEY) ?? "{}")
      let document = isDocument(settings) ? settings : undefined
      const items = new Map(sections.map((section): [typeof section, Array<Placed>] => [section, []]))
      const read = new Map<string, Placed>()
      yield* eachInSteps(entities, ([key, text]) => {
        const section = sectionOfKey(key)
        if (section === undefined) return LOOK
        const before = known.get(key)
        const placed = before?.text === text ? before : readPlaced(text, before)
        if (placed === undefined) document = undefined
        else {
          read.set(key, placed)
          items.get(section)?.push(placed)
        }
        return placed === before ? LOOK : WORK
      })
      known = read
      for (const [section, placed] of items) {
        if (document === undefined) return undefined
        if (placed.length === 0) continue
        yield
        placed.sort((a, b) => a.place - b.place)
        document = writeSection(
          document,
          section,
          placed.map(({ value }) => value)
        )
      }
      return document
    }
  }
}

const head = /^\{"place":(\d+),/

/** Where another entity goes from the middle of a list, all behind it get another place, and are otherwise the same. */
const readPlaced = (text: string, before: Placed | undefined): Placed | undefined => {
  const [start, place] = head.exec(text) ?? []
  const [startBefore] = before === undefined ? [] : (head.exec(before.text) ?? [])
  if (before !== undefined && start !== undefined && startBefore !== undefined) {
    const isSame = text.slice(start.length) === before.text.slice(startBefore.length)
    if (isSame) return { text, place: Number(place), value: before.value }
  }
  const parsed = parse(text)
  return isPlaced(parsed) ? { text, place: parsed.place, value: parsed.value } : undefined
}

const isPlaced = (parsed: unknown): parsed is { readonly place: number; readonly value?: unknown } =>
  Predicate.hasProperty(parsed, "place") && typeof parsed.place === "number"

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
