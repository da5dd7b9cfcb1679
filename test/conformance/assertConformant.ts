import { assertGenAiContent } from "./assertGenAiContent.ts"
import type { DecodedRequest } from "./decodeRequest.ts"
import { assertEnvelope, assertResource } from "./requestRules.ts"
import { type Span, spansIn } from "./Span.ts"
import {
  assertCounts,
  assertIds,
  assertKind,
  assertName,
  assertRequired,
  assertStatus,
  assertTimes,
  assertTypes,
  assertValues
} from "./spanRules.ts"
import {
  assertFlags,
  assertNested,
  assertSequence,
  assertTraceState,
  assertTree,
  assertUniqueIds
} from "./traceRules.ts"

export type { Span } from "./Span.ts"

/**
 * Rules by the number of their check. Those of requests get each request; those of spans each span; those of traces the
 * spans of each trace, in whichever requests they came.
 */
export const RULES = {
  requests: { 3: [assertEnvelope], 21: [assertResource] },
  traces: {
    5: [assertUniqueIds],
    6: [assertTree],
    7: [assertTraceState],
    8: [assertFlags],
    9: [assertNested],
    10: [assertSequence]
  },
  spans: {
    5: [assertIds],
    9: [assertTimes],
    11: [assertKind],
    12: [assertName],
    13: [assertStatus],
    14: [assertTypes],
    15: [assertValues],
    17: [assertRequired],
    18: [assertCounts],
    20: [({ attributes }: Span) => assertGenAiContent(attributes)]
  }
} as const

type Rules<A> = { readonly [check: number]: ReadonlyArray<(subject: A) => void> }

const hold = <A>(rules: Rules<A>, subjects: ReadonlyArray<A>, check: number | undefined): void => {
  for (const [number, ofCheck] of Object.entries(rules)) {
    if (check !== undefined && Number(number) !== check) continue
    for (const rule of ofCheck) subjects.forEach(rule)
  }
}

/**
 * Asserts that everything a destination received is as the span contract has it: resources and scopes, ids and trees,
 * times, names, kinds, attribute types, statuses and content; of one check alone where its number is given. Give it all
 * requests at once, without repeats, since the spans of a trace may come in several. Returns the spans.
 */
export const assertConformant = (requests: ReadonlyArray<DecodedRequest>, check?: number): ReadonlyArray<Span> => {
  const spans = spansIn(requests)
  hold(RULES.requests, requests, check)
  hold(RULES.traces, [...Map.groupBy(spans, ({ traceId }) => traceId).values()], check)
  hold(RULES.spans, spans, check)
  return spans
}
