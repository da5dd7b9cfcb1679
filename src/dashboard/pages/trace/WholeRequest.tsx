import { getRequest } from "../../api/api.ts"
import type { ShownTrace } from "../../api/types.ts"
import { useResource } from "../../api/useResource.ts"
import { Loading } from "../../components/Loading.tsx"
import { Notice } from "../../components/Notice.tsx"
import { RequestView } from "./RequestView.tsx"

/** A request whose content was left out of its trace's answer, fetched alone; where that fails, as it is. */
export const WholeRequest = ({ trace }: { readonly trace: ShownTrace }) => {
  const { traceId, spanId } = trace.summary
  const { data, error } = useResource(`${traceId} ${spanId}`, (signal) => getRequest(traceId, spanId, signal))
  if (data === undefined && error === undefined) return <Loading lines={12} />
  const whole = data?.[0] ?? trace
  return (
    <>
      {whole.shortened === true && (
        <Notice tone="warn">
          The long content of this request is not shown. {error?.message ?? "It is too much for one answer."}
        </Notice>
      )}
      <RequestView trace={whole} />
    </>
  )
}
