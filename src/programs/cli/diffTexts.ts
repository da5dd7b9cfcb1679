import * as Predicate from "effect/Predicate"
import type { EntityDiff } from "../../services/store/ConfigStore.ts"
import { counted, cut, printable } from "./tables.ts"

const VALUE_WIDTH = 60

const marks = { create: "+", update: "~", delete: "-" } as const
const done = { create: "created", update: "changed", delete: "deleted" } as const

/** What would change, for people: an entity a line, with its changed fields below. */
export const diffText = (diffs: ReadonlyArray<EntityDiff>): string =>
  diffs.flatMap((diff) => [`${marks[diff.action]} ${diff.kind} ${nameOf(diff)}`, ...fieldLines(diff)]).join("\n")

/** `3 changes: 1 created, 2 deleted`. */
export const diffSummary = (diffs: ReadonlyArray<EntityDiff>): string => {
  const parts = (["create", "update", "delete"] as const).flatMap((action) => {
    const count = diffs.filter((diff) => diff.action === action).length
    return count === 0 ? [] : [`${count} ${done[action]}`]
  })
  return `${counted(diffs.length, "change")}: ${parts.join(", ")}`
}

/** A token is called by its id here as everywhere, the start of its hash. */
const nameOf = ({ kind, name }: EntityDiff): string => printable(kind === "token" ? name.slice(0, 16) : name)

const fieldLines = ({ action, after, before }: EntityDiff): ReadonlyArray<string> => {
  if (action === "delete") return []
  if (action === "create") return leaves(after).map(({ path, value }) => `    ${path}: ${shown(value)}`)
  const old = new Map(leaves(before).map(({ path, value }) => [path, shown(value)]))
  const now = new Map(leaves(after).map(({ path, value }) => [path, shown(value)]))
  const lines = [...new Set([...old.keys(), ...now.keys()])].flatMap((path) => {
    const [was, is] = [old.get(path), now.get(path)]
    return was === is ? [] : [`    ${path}: ${was ?? "not set"} → ${is ?? "not set"}`]
  })
  // Both ends of a changed secret may look the same.
  return lines.length === 0 ? ["    a secret"] : lines
}

interface Leaf {
  readonly path: string
  readonly value: unknown
}

/** What an entity says, value by value; a masked secret is one value. */
const leaves = (value: unknown, path = ""): ReadonlyArray<Leaf> => {
  if (Array.isArray(value) && value.some(Predicate.isObject))
    return value.flatMap((item, index) => leaves(item, `${path}[${index}]`))
  if (Predicate.isObject(value) && !Array.isArray(value) && !("set" in value))
    return Object.entries(value).flatMap(([key, item]) => leaves(item, path === "" ? key : `${path}.${key}`))
  return [{ path: printable(path), value }]
}

const shown = (value: unknown): string => {
  if (Predicate.isObject(value) && "set" in value)
    return "lastFour" in value ? `secret ending in ${printable(String(value.lastFour))}` : "secret"
  return cut(printable(typeof value === "string" ? value : JSON.stringify(value)), VALUE_WIDTH)
}
