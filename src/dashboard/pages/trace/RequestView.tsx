import { useSignal } from "@preact/signals"
import { useMemo } from "preact/hooks"
import type { StoredTrace } from "../../../services/store/TraceSummary.ts"
import { Choices } from "../../components/Choices.tsx"
import { CopyButton } from "../../components/CopyButton.tsx"
import { Notice } from "../../components/Notice.tsx"
import { ConversationView } from "./ConversationView.tsx"
import { readConversation } from "./conversation.ts"
import { toCurl, wholeBody } from "./curl.ts"
import { JsonView } from "./JsonView.tsx"
import { SpanDetails } from "./SpanDetails.tsx"
import { TimelineView } from "./TimelineView.tsx"
import { TraceFacts } from "./TraceFacts.tsx"
import { layOut } from "./timeline.ts"

/** One request of a trace: timeline, the chosen span, and what was said. */
export const RequestView = ({ trace }: { readonly trace: StoredTrace }) => {
  const { summary, spans } = trace
  const timeline = useMemo(() => layOut(spans), [trace])
  const conversation = useMemo(() => readConversation(spans), [trace])
  const selected = useSignal(summary.spanId)
  const tab = useSignal<"conversation" | "json">("conversation")
  const span = spans.find(({ spanId }) => spanId === selected.value) ?? spans[0]
  const root = spans[0]
  const body = root === undefined ? undefined : wholeBody(root)

  return (
    <>
      <div class="card padded">
        <TraceFacts trace={summary} />
      </div>
      {summary.errorMessage !== undefined && (
        <Notice tone={summary.result === "error" ? "bad" : "info"}>
          {summary.errorType !== undefined && <code>{summary.errorType}</code>}
          <span class="wrap">{summary.errorMessage}</span>
        </Notice>
      )}
      <div class="trace-columns">
        <section class="card" aria-label="Timeline">
          <TimelineView
            timeline={timeline}
            selected={span?.spanId}
            onSelect={(spanId) => {
              selected.value = spanId
            }}
          />
        </section>
        <div class="card">{span !== undefined && <SpanDetails span={span} isRoot={span === root} />}</div>
      </div>
      <section class="card" aria-label="Content">
        <div class="card-head">
          <Choices
            legend="Show content as"
            legendHidden
            value={tab.value}
            options={[
              { value: "conversation", label: "Conversation" },
              { value: "json", label: "Raw JSON" }
            ]}
            onChange={(value) => {
              tab.value = value === "json" ? "json" : "conversation"
            }}
          />
          <span class="spacer" />
          {root !== undefined && body !== undefined && (
            <CopyButton label="Copy as curl" text={() => toCurl(root, body)} />
          )}
          <CopyButton label="Copy JSON" text={() => JSON.stringify(trace, null, 2)} />
        </div>
        {tab.value === "json" ? <JsonView value={trace} /> : <ConversationView conversation={conversation} />}
      </section>
    </>
  )
}
