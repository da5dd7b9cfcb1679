import type { EntityKind } from "../../services/config/entities.ts"
import type { Change } from "../../services/store/ConfigStore.ts"
import type { Series, TopRow, TracePage } from "../../services/store/TraceQuery.ts"
import { datedRequest, type Query, request } from "./request.ts"
import type {
  ChangeResult,
  ExportedAttribute,
  ShownConfig,
  ShownEntity,
  ShownTrace,
  Status,
  TestAnswer
} from "./types.ts"

const entityPath = (kind: EntityKind, name: string) => `config/${kind}/${encodeURIComponent(name)}`

// The calls that more than one page makes, by what they are for.

export const getStatus = (signal?: AbortSignal) => request<Status>("GET", "status", optional(signal))

/** With the clock that its times are told by. */
export const getDatedStatus = (signal?: AbortSignal) => datedRequest<Status>("GET", "status", optional(signal))

export const getConfig = (signal?: AbortSignal) => request<ShownConfig>("GET", "config", optional(signal))

export const getEntity = (kind: EntityKind, name: string) => request<ShownEntity>("GET", entityPath(kind, name))

/** `base` is the revision that the change was made against. */
export const putEntity = (kind: EntityKind, name: string, base: number, body: unknown) =>
  request<ChangeResult>("PUT", entityPath(kind, name), { body: { base, body } })

export const deleteEntity = (kind: EntityKind, name: string, base: number) =>
  request<ChangeResult>("DELETE", entityPath(kind, name), { query: { base } })

/** All of them, or none. */
export const commitChanges = (base: number, changes: ReadonlyArray<Change>, note = "") =>
  request<ChangeResult>("POST", "config/changes", { body: { base, changes, note } })

/** What some changes would do: nothing is written. */
export const previewChanges = (base: number, changes: ReadonlyArray<Change>) =>
  request<ChangeResult>("POST", "config/changes", { body: { base, changes, dryRun: true } })

export const getTraces = (query: Query, signal?: AbortSignal) =>
  request<TracePage>("GET", "traces", { query, ...optional(signal) })

export const getTrace = (traceId: string, signal?: AbortSignal) =>
  request<ReadonlyArray<ShownTrace>>("GET", `traces/${encodeURIComponent(traceId)}`, optional(signal))

/** One request of a trace, by its root span. */
export const getRequest = (traceId: string, spanId: string, signal?: AbortSignal) =>
  request<ReadonlyArray<ShownTrace>>("GET", `traces/${encodeURIComponent(traceId)}`, {
    query: { spanId },
    ...optional(signal)
  })

export const getSeries = (query: Query, signal?: AbortSignal) =>
  request<Series>("GET", "charts/series", { query, ...optional(signal) })

export const getTop = (query: Query, signal?: AbortSignal) =>
  request<ReadonlyArray<TopRow>>("GET", "charts/top", { query, ...optional(signal) })

/** Sends one test trace with an entry that need not be saved. */
export const testDestination = (destination: unknown) =>
  request<TestAnswer>("POST", "otel/test", { body: { destination } })

export const getAttributes = (signal?: AbortSignal) =>
  request<ReadonlyArray<ExportedAttribute>>("GET", "otel/attributes", optional(signal))

const optional = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal })
