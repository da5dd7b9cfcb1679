import * as Context from "effect/Context"

/**
 * What a program that serves has to say of how it serves: lines of text, each ended by a line feed, after the `ok` of
 * `/health/ready`. Nothing unless a layer says something.
 */
export const Readiness = Context.Reference<{ readonly notes: () => string }>("spangate/services/metrics/Readiness", {
  defaultValue: () => ({ notes: () => "" })
})
