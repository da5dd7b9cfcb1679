import { isDeepStrictEqual } from "node:util"
import type { ExportTraceServiceRequest, InstrumentationScope, KeyValue, OtlpSpan, Resource } from "./OtlpTrace.ts"

/** A span and what it came under. */
export interface HeldSpan {
  readonly span: OtlpSpan
  readonly resource: Resource
  readonly scope: InstrumentationScope
  readonly schemaUrl: string
  /** `service.name` of the resource. */
  readonly service: string | undefined
}

export interface HeldCounts {
  /** Spans accepted since the start, repetitions too. */
  readonly received: number
  /** Distinct spans held. */
  readonly held: number
  readonly traces: number
  /** Accepted spans whose trace and span id were held already: the first one stays. */
  readonly duplicates: number
  /** Duplicates that differ from the span held: a retry must send what was sent. */
  readonly conflicts: number
  /** Distinct spans let go because there were too many. */
  readonly evicted: number
}

/** The string that an attribute holds. */
export const attributeText = (attributes: ReadonlyArray<KeyValue>, key: string): string | undefined => {
  for (const attribute of attributes) {
    if (attribute.key === key && "stringValue" in attribute.value) return attribute.value.stringValue
  }
  return undefined
}

/**
 * Traces by id, in order of arrival. At most `maxSpans` are held: over it the oldest traces go, whole, and a late
 * repetition of their spans counts as new. The trace that is growing never goes, however large it is.
 */
export class HeldTraces {
  readonly #traces = new Map<string, Map<string, HeldSpan>>()
  readonly #maxSpans: number
  #received = 0
  #held = 0
  #duplicates = 0
  #conflicts = 0
  #evicted = 0

  constructor(maxSpans: number) {
    this.#maxSpans = maxSpans
  }

  /** Takes the request's spans in order, but the last `rejected` of them. */
  add(request: ExportTraceServiceRequest, rejected: number): void {
    let left = spanCountOf(request) - rejected
    for (const { resource, scopeSpans, schemaUrl } of request.resourceSpans) {
      const service = attributeText(resource.attributes, "service.name")
      for (const group of scopeSpans) {
        for (const span of group.spans) {
          if (left-- <= 0) return
          this.#addSpan({ span, resource, scope: group.scope, schemaUrl: group.schemaUrl || schemaUrl, service })
        }
      }
    }
  }

  #addSpan(held: HeldSpan): void {
    this.#received++
    const { traceId, spanId } = held.span
    let trace = this.#traces.get(traceId)
    if (trace === undefined) this.#traces.set(traceId, (trace = new Map()))
    const before = trace.get(spanId)
    if (before !== undefined) {
      this.#duplicates++
      if (!isDeepStrictEqual(before, held)) this.#conflicts++
      return
    }
    trace.set(spanId, held)
    this.#held++
    this.#evict(traceId)
  }

  #evict(growing: string): void {
    for (const [traceId, spans] of this.#traces) {
      if (this.#held <= this.#maxSpans || traceId === growing) return
      this.#traces.delete(traceId)
      this.#held -= spans.size
      this.#evicted += spans.size
    }
  }

  get counts(): HeldCounts {
    return {
      received: this.#received,
      held: this.#held,
      traces: this.#traces.size,
      duplicates: this.#duplicates,
      conflicts: this.#conflicts,
      evicted: this.#evicted
    }
  }

  *spans(): Generator<HeldSpan> {
    for (const trace of this.#traces.values()) yield* trace.values()
  }

  trace(traceId: string): ReadonlyArray<HeldSpan> {
    return [...(this.#traces.get(traceId)?.values() ?? [])]
  }

  /** Ids of the traces that came last, newest first. */
  newest(limit: number): ReadonlyArray<string> {
    return [...this.#traces.keys()].slice(-Math.max(1, limit)).reverse()
  }

  clear(): void {
    this.#traces.clear()
    this.#received = this.#held = this.#duplicates = this.#conflicts = this.#evicted = 0
  }
}

export const spanCountOf = (request: ExportTraceServiceRequest): number => {
  let count = 0
  for (const { scopeSpans } of request.resourceSpans) for (const { spans } of scopeSpans) count += spans.length
  return count
}
