import "./trace.css"
import { getConfig, getTrace } from "../../api/api.ts"
import { useResource } from "../../api/useResource.ts"
import { href } from "../../app/places.ts"
import { place } from "../../app/router.ts"
import { CopyButton } from "../../components/CopyButton.tsx"
import { Empty } from "../../components/Empty.tsx"
import { Loaded } from "../../components/Loaded.tsx"
import { Name } from "../../components/Name.tsx"
import { PageHead } from "../../components/PageHead.tsx"
import { formatInstant } from "../../format/times.ts"
import { listHref } from "../traces/keptLists.ts"
import { AlsoIn } from "./AlsoIn.tsx"
import { RequestChoice } from "./RequestChoice.tsx"
import { RequestView } from "./RequestView.tsx"
import { traceLinks } from "./traceLinks.ts"
import { WholeRequest } from "./WholeRequest.tsx"

/** Both at once, so that nothing moves when the links come; without the configuration there are none. */
const load = async (traceId: string, signal: AbortSignal) => {
  const config = getConfig(signal).catch(() => ({ entities: [] }))
  const requests = await getTrace(traceId, signal)
  return { requests, links: traceLinks((await config).entities, traceId) }
}

/** `/traces/<trace id>?span=<root span id>`: a trace may hold several requests of one caller. */
export const TracePage = () => {
  const { path, query } = place.value
  const traceId = path.slice("/traces/".length)
  const resource = useResource(traceId, (signal) => load(traceId, signal))
  const wanted = query.get("span")

  if (resource.error?.status === 404 || resource.error?.status === 400) {
    return (
      <Empty title="No such trace">
        <p>It may be older than what is kept, or its request may still run: a trace is stored after the answer.</p>
        <div class="row">
          <button type="button" class="button" onClick={resource.reload}>
            Look again
          </button>
          <a class="button" href={href("/traces")}>
            All traces
          </a>
        </div>
      </Empty>
    )
  }

  return (
    <Loaded resource={resource} lines={14}>
      {({ requests, links }) => {
        const shown = requests.find(({ summary }) => summary.spanId === wanted) ?? requests[0]
        if (shown === undefined) return <Empty title="This trace is empty" />
        return (
          <div class="page trace-page">
            <a class="back-link" href={listHref()}>
              ← Back to traces
            </a>
            <PageHead
              title={<Name>{shown.spans[0]?.name ?? "Trace"}</Name>}
              crumbs={[formatInstant(shown.summary.start)]}
            >
              <AlsoIn links={links} />
              <CopyButton label="Copy trace id" text={() => traceId} />
              <CopyButton label="Copy link" text={() => location.href} />
            </PageHead>
            {requests.length > 1 && <RequestChoice path={path} requests={requests} shown={shown} />}
            {shown.shortened === true ? (
              <WholeRequest key={shown.summary.spanId} trace={shown} />
            ) : (
              <RequestView key={shown.summary.spanId} trace={shown} />
            )}
          </div>
        )
      }}
    </Loaded>
  )
}
