import "./overview.css"
import type { GroupBy, Measures } from "../../../services/store/TraceQuery.ts"
import { getDatedStatus, getSeries, getTop } from "../../api/api.ts"
import { useResource } from "../../api/useResource.ts"
import { useSteady } from "../../api/useSteady.ts"
import { place, replaceQuery } from "../../app/router.ts"
import { Choices } from "../../components/Choices.tsx"
import { FirstSteps } from "../../components/FirstSteps.tsx"
import { Loaded } from "../../components/Loaded.tsx"
import { PageHead } from "../../components/PageHead.tsx"
import { useElapsed } from "../../components/useElapsed.ts"
import { ZONE } from "../../format/times.ts"
import { Charts } from "./Charts.tsx"
import { ExportHealth } from "./ExportHealth.tsx"
import { Programs } from "./Programs.tsx"
import { Tiles } from "./Tiles.tsx"
import { TopTable } from "./TopTable.tsx"
import { Troubles } from "./Troubles.tsx"
import { overviewRanges, pollMsOf, rangeOf, windowOf } from "./view.ts"

const POLL_MS = 5000

/** So long charts wait for the status. */
const TOGETHER_MS = 1000

const groups = [
  { value: "", label: "All together" },
  { value: "model", label: "Model" },
  { value: "provider", label: "Provider" },
  { value: "subject", label: "Subject" }
]

const nothing: Measures = {
  requests: 0,
  errors: 0,
  inputTokens: 0,
  outputTokens: 0,
  cost: 0,
  latency: {},
  timeToFirstToken: {}
}

const groupOf = (value: string | null): GroupBy | undefined =>
  value === "model" || value === "provider" || value === "subject" ? value : undefined

/** How it goes: traffic over a chosen time, and the export of its traces. */
export const OverviewPage = () => {
  const { query } = place.value
  const range = rangeOf(query.get("range"))
  const groupBy = groupOf(query.get("by"))

  const resource = useResource(
    `${range.value} ${groupBy ?? ""}`,
    async (signal) => {
      const { from, to } = windowOf(range, Date.now())
      const topBy = groupBy ?? "model"
      const [all, lines, top] = await Promise.all([
        getSeries({ from, to, stepMs: range.stepMs }, signal),
        groupBy === undefined ? undefined : getSeries({ from, to, stepMs: range.stepMs, groupBy }, signal),
        getTop({ from, to, groupBy: topBy, orderBy: "requests", limit: 10 }, signal)
      ])
      const total = all.lines[0]?.total ?? nothing
      return { from, to, range: range.value, groupBy, total, series: lines ?? all, topBy, top }
    },
    pollMsOf(range)
  )
  const traffic = useSteady(resource)
  const status = useResource("status", getDatedStatus, POLL_MS)

  // Together, so that what one of them shows does not push the other down under the reader's eyes: if it comes soon.
  const waited = useElapsed(TOGETHER_MS)
  const ready = waited || status.data !== undefined || status.error !== undefined
  const shown = ready ? traffic : { ...traffic, data: undefined, error: undefined }

  const change = (changes: { readonly range?: string; readonly by?: string }) =>
    replaceQuery({ range: range.value, by: groupBy, ...changes })

  return (
    <div class="page">
      <PageHead title="Overview">
        <span class="muted small">Times in {ZONE}</span>
        <Choices
          legend="Time range"
          legendHidden
          value={range.value}
          options={overviewRanges}
          onChange={(value) => change({ range: value })}
        />
        <select
          class="select auto"
          aria-label="Draw lines by"
          value={groupBy ?? ""}
          onChange={(event) => change({ by: event.currentTarget.value })}
        >
          {groups.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </PageHead>
      {(shown.data ?? shown.error) !== undefined && status.data !== undefined && (
        <Troubles status={status.data.data} now={status.data.now} />
      )}
      <Loaded resource={shown} lines={16}>
        {({ from, to, total, series, top, ...asked }) =>
          total.requests === 0 && status.data?.data.traceStore?.traces === 0 ? (
            <div class="card">
              <FirstSteps />
            </div>
          ) : (
            <div class={traffic.stale ? "overview-traffic stale" : "overview-traffic"} aria-busy={traffic.stale}>
              {total.requests === 0 && <p class="muted">No request came in this time.</p>}
              <Tiles total={total} />
              <Charts series={series} from={from} to={to} groupBy={asked.groupBy} />
              <p class="muted small">
                Click a point to see the traces behind it. Dashed is the step that is not over yet.
              </p>
              <TopTable rows={top} groupBy={asked.topBy} range={asked.range} />
            </div>
          )
        }
      </Loaded>
      {(shown.data ?? shown.error) !== undefined && (
        <Loaded resource={status} lines={4}>
          {({ data, now }) => (
            <div class="overview-columns">
              <ExportHealth destinations={data.destinations} now={now} />
              <Programs status={data} now={now} />
            </div>
          )}
        </Loaded>
      )}
    </div>
  )
}
