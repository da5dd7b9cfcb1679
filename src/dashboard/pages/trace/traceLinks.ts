import type { ShownEntity } from "../../api/types.ts"
import { record, text } from "../../components/readBody.ts"

export interface TraceLink {
  readonly destination: string
  readonly url: string
}

/** Where else this trace can be seen: of each destination that gets traces now and says where it shows them. */
export const traceLinks = (
  entities: ReadonlyArray<Pick<ShownEntity, "kind" | "name" | "body">>,
  traceId: string
): ReadonlyArray<TraceLink> =>
  entities.flatMap(({ kind, name, body }) => {
    const { enabled, traceUrl } = record(body)
    const template = text(traceUrl)
    if (kind !== "destination" || enabled === false || !/^https?:\/\//i.test(template)) return []
    return [{ destination: name, url: template.replaceAll("{traceId}", encodeURIComponent(traceId)) }]
  })
