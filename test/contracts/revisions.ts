import type { RevisionLog, StoredChange, StoredEntity } from "../../src/services/store/RevisionLog.ts"

type Append = Parameters<RevisionLog["Service"]["append"]>[0]

// Revisions of teams, as the tests of a log write and expect them.

export const put = (name: string, body: unknown = { name }, action: "create" | "update" = "create"): StoredChange => ({
  kind: "team",
  name,
  action,
  body: JSON.stringify(body)
})

export const gone = (name: string): StoredChange => ({ kind: "team", name, action: "delete" })

export const revisionOn = (base: number, changes: ReadonlyArray<StoredChange>, rest: Partial<Append> = {}): Append => ({
  base,
  at: 1_700_000_000_000 + base,
  author: "alice",
  note: "",
  changes,
  ...rest
})

export const stored = (name: string, revision: number, body: unknown = { name }): StoredEntity => ({
  kind: "team",
  name,
  revision,
  body: JSON.stringify(body)
})
