import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { TraceFilter } from "../../services/store/TraceQuery.ts"
import type { TraceSummary } from "../../services/store/TraceSummary.ts"
import { type ControlClient, controlFlags, withControlPlane } from "./ControlPlane.ts"
import { summaryLine } from "./traceTexts.ts"

const POLL_MS = 1000
/** Of the newest traces in one look. More than that in a second nobody reads. */
const PAGE = 200
/** Shown at the start, to have something to go by. */
const FIRST = 10

/** Behind the newest: a request that lasts longer is not seen. It spares the store a search of everything each second. */
const BACK_MS = 15 * 60_000

const keyOf = ({ spanId, traceId }: TraceSummary): string => `${traceId}/${spanId}`

/** A request is stored when it has ended, which may be long after others that began later. */
const byEnd = (a: TraceSummary, b: TraceSummary): number => a.start + a.durationMs - (b.start + b.durationMs)

/** Those of a page that the page before did not have, in the order in which they ended. */
export const news = (
  page: ReadonlyArray<TraceSummary>,
  before: ReadonlySet<string>
): { readonly fresh: ReadonlyArray<TraceSummary>; readonly missed: boolean } => {
  const fresh = page.filter((trace) => !before.has(keyOf(trace))).sort(byEnd)
  return { fresh, missed: before.size > 0 && page.length === PAGE && fresh.length === PAGE }
}

const follow = Effect.fnUntraced(function* ({ traces }: ControlClient, filter: TraceFilter, json: boolean) {
  const show = (found: ReadonlyArray<TraceSummary>) =>
    found.length === 0
      ? Effect.void
      : Console.log(found.map((trace) => (json ? JSON.stringify(trace) : summaryLine(trace))).join("\n"))
  let page = (yield* traces.list({ query: { ...filter, limit: PAGE } })).traces
  yield* show(page.toSorted(byEnd).slice(-FIRST))
  let isAway = false
  while (true) {
    yield* Effect.sleep(POLL_MS)
    const before = new Set(page.map(keyOf))
    // By the traces' own clock: this machine may have another.
    const [newest] = page
    const since = newest === undefined ? {} : { from: newest.start - BACK_MS }
    const found = yield* traces.list({ query: { ...filter, ...since, limit: PAGE } }).pipe(
      Effect.map(Option.some),
      Effect.catchTag(["HttpClientError", "Unavailable"], () => Effect.succeedNone)
    )
    // A control plane that restarts is waited for.
    if (Option.isNone(found) !== isAway) {
      isAway = !isAway
      yield* Console.error(isAway ? "The control plane does not answer, trying on" : "The control plane is back")
    }
    if (Option.isNone(found)) continue
    // What is known stays so where there is nothing newer.
    if (found.value.traces.length > 0) page = found.value.traces
    const { fresh, missed } = news(found.value.traces, before)
    if (missed) yield* Console.error("There are more traces than can be shown, some are left out")
    yield* show(fresh)
  }
})

const only = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withDescription(description), Flag.optional)

export const tracesTail = Command.make(
  "tail",
  {
    model: only("model", "Only those of this model, as account/model"),
    subject: only("subject", "Only this caller's"),
    result: Flag.Literals("result", ["ok", "error", "cancelled"]).pipe(
      Flag.withDescription("Only those that ended so"),
      Flag.optional
    ),
    text: only("text", "Only those with these words in their content"),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print one JSON object a line"), Flag.withDefault(false)),
    ...controlFlags
  },
  Effect.fnUntraced(function* ({ json, model, result, subject, text, token, url }) {
    const filter: TraceFilter = {
      ...(Option.isSome(model) ? { model: model.value } : {}),
      ...(Option.isSome(subject) ? { subject: subject.value } : {}),
      ...(Option.isSome(result) ? { result: result.value } : {}),
      ...(Option.isSome(text) ? { text: text.value } : {})
    }
    yield* withControlPlane({ token, url }, (client) => follow(client, filter, json))
  })
).pipe(
  Command.withDescription("Print a line for each trace as it is stored, until interrupted"),
  Command.withExamples([
    { command: "spangate traces tail --result error", description: "Watch failures" },
    { command: "spangate traces tail --json | jq .cost", description: "One JSON object a line" }
  ])
)
