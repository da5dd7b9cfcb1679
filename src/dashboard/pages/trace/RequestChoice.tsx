import { useSignal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import type { StoredTrace } from "../../../services/store/TraceSummary.ts"
import { href } from "../../app/places.ts"
import { navigate } from "../../app/router.ts"
import { formatName } from "../../format/names.ts"
import { formatClock } from "../../format/times.ts"

interface Props {
  readonly path: string
  readonly requests: ReadonlyArray<Pick<StoredTrace, "summary">>
  readonly shown: Pick<StoredTrace, "summary">
}

/** An agent gives one trace to hundreds of requests: more than this are a list to choose from. */
const BUTTONS = 8

const label = ({ summary }: Pick<StoredTrace, "summary">): string =>
  `${formatClock(summary.start)} ${formatName(summary.model ?? summary.route ?? "")}${summary.result === "ok" ? "" : `, ${summary.result}`}`

/** Which of a trace's requests is shown. */
export const RequestChoice = ({ path, requests, shown }: Props) =>
  requests.length > BUTTONS ? (
    <RequestSelect path={path} requests={requests} shown={shown} />
  ) : (
    <nav class="row" aria-label="Requests of this trace">
      {requests.map((request) => (
        <a
          key={request.summary.spanId}
          class="button"
          href={href(path, { span: request.summary.spanId })}
          aria-current={request === shown ? "true" : undefined}
        >
          {label(request)}
        </a>
      ))}
    </nav>
  )

/** Arrow keys choose each that they pass: the one that they rest on is fetched, and goes into the history. */
const REST_MS = 400

const RequestSelect = ({ path, requests, shown }: Props) => {
  const { spanId } = shown.summary
  const chosen = useSignal(spanId)
  useEffect(() => {
    chosen.value = spanId
  }, [spanId])
  useEffect(() => {
    if (chosen.value === spanId) return
    const timer = window.setTimeout(() => navigate(path, { span: chosen.value }), REST_MS)
    return () => window.clearTimeout(timer)
  }, [path, spanId, chosen.value])
  return (
    <label class="row">
      <span class="muted small">
        Request {requests.indexOf(shown) + 1} of {requests.length}
      </span>
      <select
        class="select auto"
        value={chosen.value}
        onChange={(event) => {
          chosen.value = event.currentTarget.value
        }}
      >
        {requests.map((request) => (
          <option key={request.summary.spanId} value={request.summary.spanId}>
            {label(request)}
          </option>
        ))}
      </select>
    </label>
  )
}
