import type { AuditEntry as AuditEntrySchema } from "../../../services/api/AuditApi.ts"
import type { RevisionInfo as RevisionInfoSchema } from "../../../services/api/schemas.ts"
import { type Query, request } from "../../api/request.ts"
import type { ChangeResult, EntityDiff } from "../../api/types.ts"

export type RevisionInfo = typeof RevisionInfoSchema.Type
export type AuditEntry = typeof AuditEntrySchema.Type

export interface Revision {
  readonly info: RevisionInfo
  readonly diffs: ReadonlyArray<EntityDiff>
}

export const PAGE = 50

const get = <A>(path: string, query: Query, signal: AbortSignal | undefined) =>
  request<A>("GET", path, signal === undefined ? { query } : { query, signal })

/** Newest first; `before` is exclusive. */
export const getRevisions = (before: number | undefined, signal?: AbortSignal) =>
  get<ReadonlyArray<RevisionInfo>>("revisions", { before, limit: PAGE }, signal)

export const getRevision = (revision: number, signal?: AbortSignal) =>
  get<Revision>(`revisions/${revision}`, {}, signal)

/** Newest first; `before` is an entry's id, exclusive. */
export const getAudit = (before: number | undefined, signal?: AbortSignal) =>
  get<ReadonlyArray<AuditEntry>>("audit", { before, limit: PAGE }, signal)

/** With `dryRun` nothing is written: what it would do. */
export const restoreRevision = (revision: number, base: number, dryRun: boolean) =>
  request<ChangeResult>("POST", `revisions/${revision}/restore`, { body: { base, dryRun } })
