/**
 * Span ids of a trace's stages, derived from the root's: same event, same ids, and no random bytes on the request path.
 * The last four hex digits are XORed with the stage's slot, so the ids of one trace differ for up to 65,535 stages;
 * the id generator never gives a root whose first twelve digits are all zero.
 */
export const childSpanId = (rootSpanId: string, slot: number): string =>
  rootSpanId.slice(0, 12) + ((Number.parseInt(rootSpanId.slice(12), 16) ^ slot) >>> 0).toString(16).padStart(4, "0")

export const AUTH_SLOT = 1
export const RESOLVE_SLOT = 2
export const STREAM_SLOT = 3
/** Attempt n (from 0) has slot `FIRST_ATTEMPT_SLOT + n`. */
export const FIRST_ATTEMPT_SLOT = 4

/** How many spans an event expands to: the unit of the ledger. */
export const spanCount = (event: {
  readonly auth?: unknown
  readonly resolve?: unknown
  readonly stream?: unknown
  readonly attempts: ReadonlyArray<unknown>
}): number =>
  1 +
  (event.auth === undefined ? 0 : 1) +
  (event.resolve === undefined ? 0 : 1) +
  (event.stream === undefined ? 0 : 1) +
  event.attempts.length
