import "./traces.css"
import { signal, useSignal } from "@preact/signals"
import { useEffect, useRef } from "preact/hooks"
import { narrow } from "../../app/narrow.ts"
import { place, replaceQuery } from "../../app/router.ts"
import { Empty } from "../../components/Empty.tsx"
import { ErrorState } from "../../components/ErrorState.tsx"
import { FirstSteps } from "../../components/FirstSteps.tsx"
import { Loading } from "../../components/Loading.tsx"
import { Notice } from "../../components/Notice.tsx"
import { PageHead } from "../../components/PageHead.tsx"
import { formatCount } from "../../format/numbers.ts"
import { ZONE } from "../../format/times.ts"
import { ActiveFilters } from "./ActiveFilters.tsx"
import { ColumnsMenu } from "./ColumnsMenu.tsx"
import { readColumns, saveColumns } from "./columns.tsx"
import { FilterBar } from "./FilterBar.tsx"
import { rowKey } from "./feed.ts"
import { type Filters, readFilters } from "./filters.ts"
import { keepList, listFor } from "./keptLists.ts"
import { StoreNotice } from "./StoreNotice.tsx"
import { TraceList } from "./TraceList.tsx"
import { useFeed } from "./useFeed.ts"

const live = signal(true)

/** The list of traces. What it shows is in the URL; back from one of them it is as it was left. */
export const TracesPage = () => {
  const filters = readFilters(place.value.query)
  const shown = useSignal(readColumns())
  const kept = useRef(listFor(filters)).current
  const { feed, waiting, error, loadOlder, reload, showWaiting, onScroll } = useFeed(filters, live.value, kept?.feed)
  const top = useRef(0)
  const left = useRef({ filters, feed })
  // The place is another one already while this page is about to go.
  if (place.value.path === "/traces") left.current = { filters, feed }
  useEffect(
    () => () => {
      const { path, query } = place.peek()
      const { filters, feed } = left.current
      const opened = feed?.rows.find((row) => path === `/traces/${row.traceId}` && query.get("span") === row.spanId)
      if (feed !== undefined && opened !== undefined) {
        keepList({ filters, feed, top: top.current, marked: rowKey(opened) })
      }
    },
    []
  )
  const change = (next: Filters) => replaceQuery(next)
  const rows = feed?.rows ?? []
  const filtered = Object.keys(filters).length > 0
  const news = (waiting?.rows.length ?? 0) - rows.length

  return (
    <div class="page traces-page">
      <PageHead title="Traces">
        <span class="muted small number" role="status">
          {feed !== undefined && `${formatCount(rows.length)}${feed.next === undefined ? "" : "+"} shown`}
          {/* Cards have no heading that would say it. */}
          {feed !== undefined && narrow.value && ` · times in ${ZONE}`}
        </span>
        <button
          type="button"
          class="button"
          aria-pressed={live.value}
          onClick={() => {
            live.value = !live.value
          }}
        >
          <span class={live.value ? "pulse on" : "pulse"} aria-hidden="true" />
          Live
        </button>
        {!narrow.value && (
          <ColumnsMenu
            shown={shown.value}
            onChange={(ids) => {
              shown.value = ids
              saveColumns(ids)
            }}
          />
        )}
      </PageHead>
      <FilterBar filters={filters} onChange={change} rows={rows} />
      <ActiveFilters filters={filters} onChange={change} />
      <StoreNotice />
      {error !== undefined && feed !== undefined && <Notice tone="warn">Not up to date: {error.message}</Notice>}
      {feed?.partial === true && (
        <Notice>
          The search looked at its share of traces and found these.
          <button type="button" class="button" onClick={loadOlder}>
            Search further back
          </button>
        </Notice>
      )}
      <div class="card trace-frame">
        {waiting !== undefined && (
          <button
            type="button"
            class="button primary newer"
            onClick={() => {
              showWaiting()
              document.querySelector(".trace-list")?.scrollTo(0, 0)
            }}
          >
            {news > 0 ? `${formatCount(news)} new` : "Show the newest"}
          </button>
        )}
        {rows.length > 0 ? (
          <TraceList
            rows={rows}
            shown={shown.value}
            onNearEnd={loadOlder}
            onScroll={(now) => {
              top.current = now
              onScroll(now)
            }}
            initial={kept !== undefined && rows === kept.feed.rows ? kept : undefined}
          />
        ) : error !== undefined && feed === undefined ? (
          <ErrorState message={error.message} retry={reload} />
        ) : feed === undefined ? (
          <Loading lines={12} />
        ) : filtered ? (
          <Empty title="No trace is like that">
            <button type="button" class="button" onClick={() => change({})}>
              Clear all filters
            </button>
          </Empty>
        ) : (
          <FirstSteps />
        )}
      </div>
    </div>
  )
}
