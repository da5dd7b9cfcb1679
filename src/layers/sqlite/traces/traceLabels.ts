import type { TraceFilter } from "../../../services/store/TraceQuery.ts"
import type { TraceSummary } from "../../../services/store/TraceSummary.ts"
import { labelOf } from "./termHashes.ts"

/** Most answers end so: whoever asks for it is as well served without an index. */
const USUAL = "stop"

/** What a trace is found by, its words aside: what has many values, of which each is asked for alone. */
export const labelsOf = ({
  conversationId,
  finishReasons,
  metadata,
  model,
  subject
}: TraceSummary): ReadonlyArray<string> => {
  const labels: Array<string> = []
  if (model !== undefined) labels.push(modelLabel(model))
  if (subject !== undefined) labels.push(labelOf("subject", subject))
  if (conversationId !== undefined) labels.push(labelOf("conversation", conversationId))
  for (const reason of finishReasons) if (reason !== USUAL) labels.push(labelOf("finish", reason))
  for (const key of Object.keys(metadata))
    labels.push(labelOf("key", key), labelOf(metadataOf(key), metadata[key] ?? ""))
  return labels
}

/** Alone it has an index. The oldest blocks do not have it. */
export const modelLabel = (model: string): string => labelOf("model", model)

/** Those of them that every trace of the filter has, but for its model. */
export const labelsAskedFor = ({
  conversationId,
  finishReason,
  metadataKey,
  metadataValue,
  subject
}: TraceFilter): ReadonlyArray<string> => {
  const labels: Array<string> = []
  if (subject !== undefined) labels.push(labelOf("subject", subject))
  if (conversationId !== undefined) labels.push(labelOf("conversation", conversationId))
  if (finishReason !== undefined && finishReason !== USUAL) labels.push(labelOf("finish", finishReason))
  if (metadataKey !== undefined) {
    labels.push(
      metadataValue === undefined ? labelOf("key", metadataKey) : labelOf(metadataOf(metadataKey), metadataValue)
    )
  }
  return labels
}

const metadataOf = (key: string): string => `metadata.${key}`
