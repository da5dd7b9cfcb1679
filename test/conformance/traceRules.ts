import { assert } from "@effect/vitest"
import { CLIENT, SERVER, type Span } from "./Span.ts"

/** One request's spans within a trace: the root, and what hangs on it. */
const treesOf = (trace: ReadonlyArray<Span>): ReadonlyArray<readonly [root: Span, tree: ReadonlyArray<Span>]> => {
  const byId = new Map(trace.map((span) => [span.spanId, span]))
  return trace
    .filter(({ kind }) => kind === SERVER)
    .map((root) => [root, trace.filter((span) => rootOf(span, byId) === root)])
}

const rootOf = (span: Span, byId: ReadonlyMap<string, Span>): Span | undefined => {
  let at: Span | undefined = span
  // Five is more than any tree of ours is deep, so that a cycle ends as no root.
  for (let depth = 0; at !== undefined && depth < 5; depth++) {
    if (at.kind === SERVER) return at
    at = byId.get(at.parentSpanId)
  }
  return undefined
}

/** Check 5, of a whole trace: no id is there twice. */
export const assertUniqueIds = (trace: ReadonlyArray<Span>): void => {
  assert.strictEqual(new Set(trace.map(({ spanId }) => spanId)).size, trace.length, "span ids are unique in a trace")
}

/** Check 6: one tree for each request that a caller made within the trace, and nothing beside them. */
export const assertTree = (trace: ReadonlyArray<Span>): void => {
  const byId = new Map(trace.map((span) => [span.spanId, span]))
  const trees = treesOf(trace)
  assert.isNotEmpty(trees, "a trace has a root")
  for (const [root] of trees) {
    assert.isFalse(byId.has(root.parentSpanId), "the root's parent is the caller's span, or none")
  }
  for (const span of trace) {
    if (span.kind === SERVER) continue
    assert.isDefined(rootOf(span, byId), `${span.name} hangs on a root`)
    const parent = byId.get(span.parentSpanId)?.kind
    assert.strictEqual(parent, span.name === "stream_response" ? CLIENT : SERVER, span.name)
  }
}

/** Check 7: one tracestate, of no more than 32 members. */
export const assertTraceState = (trace: ReadonlyArray<Span>): void => {
  for (const [{ decoded: root }, tree] of treesOf(trace)) {
    assert.isAtMost(root.traceState?.split(",").length ?? 0, 32)
    for (const { decoded } of tree) assert.strictEqual(decoded.traceState, root.traceState, "one tracestate")
  }
}

/** Check 8: one set of trace flags; only a caller is remote. */
export const assertFlags = (trace: ReadonlyArray<Span>): void => {
  for (const [root, tree] of treesOf(trace)) {
    assert.strictEqual((root.flags & 0x200) !== 0, root.parentSpanId !== "", "only a caller is remote")
    for (const span of tree) {
      assert.strictEqual(span.flags & 0xff, root.flags & 0xff, "one set of trace flags")
      assert.strictEqual(span.flags & 0x100, 0x100, "it is known whether the parent is remote")
      assert.strictEqual(span.flags & ~0x303, 0, "no flag but sampled, random and the parent's")
      if (span !== root) assert.strictEqual(span.flags & 0x200, 0, "a parent of ours is not remote")
    }
  }
}

/** Check 9, of a whole trace: what hangs on the root happens while it lasts. */
export const assertNested = (trace: ReadonlyArray<Span>): void => {
  for (const [root, tree] of treesOf(trace)) {
    for (const { end, name, start } of tree) {
      assert.isTrue(start >= root.start && end <= root.end, `${name} lies inside the root`)
    }
  }
}

/** Check 10: authenticate, resolve, attempts, stream: each begins no earlier than the one before. */
export const assertSequence = (trace: ReadonlyArray<Span>): void => {
  for (const [, tree] of treesOf(trace)) {
    const named = (name: string) => tree.filter((span) => span.name === name)
    for (const name of ["authenticate", "resolve_model", "stream_response"]) {
      assert.isAtMost(named(name).length, 1, name)
    }
    const attempts = tree
      .filter(({ kind }) => kind === CLIENT)
      .toSorted((a, b) => Number(a.attributes.get("gateway.attempt")) - Number(b.attributes.get("gateway.attempt")))
    attempts.forEach((attempt, index) => {
      assert.strictEqual(attempt.attributes.get("gateway.attempt"), BigInt(index), "attempts are numbered from 0")
    })
    const order = [...named("authenticate"), ...named("resolve_model"), ...attempts, ...named("stream_response")]
    order.forEach((span, index) => {
      const before = order[index - 1]
      if (before !== undefined) assert.isTrue(before.start <= span.start, `${before.name} comes before ${span.name}`)
    })
    const [stream] = named("stream_response")
    const last = attempts.at(-1)
    if (stream !== undefined && last !== undefined) {
      assert.strictEqual(stream.parentSpanId, last.spanId, "the stream is the last attempt's")
    }
  }
}
