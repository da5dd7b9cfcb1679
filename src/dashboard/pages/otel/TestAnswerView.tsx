import type { TestAnswer } from "../../api/types.ts"
import { CopyButton } from "../../components/CopyButton.tsx"
import { Notice } from "../../components/Notice.tsx"
import { useInView } from "../../components/useInView.ts"
import { formatDuration } from "../../format/numbers.ts"

const titles: Readonly<Record<TestAnswer["outcome"], string>> = {
  accepted: "The test trace was accepted",
  partial: "The test trace was accepted, with a warning",
  rejected: "The endpoint refused the test trace",
  unreachable: "The endpoint cannot be reached",
  misconfigured: "Something in this entry is wrong"
}

/** The endpoint's real answer, what it means and what to do. */
export const TestAnswerView = ({ answer }: { readonly answer: TestAnswer }) => {
  const element = useInView(answer)
  return (
    <Notice tone={answer.outcome === "accepted" ? "ok" : answer.ok ? "warn" : "bad"}>
      <div ref={element} class="stack test-answer">
        <div class="row">
          <strong>{titles[answer.outcome]}</strong>
          <code>{answer.reason}</code>
          <span class="number">{formatDuration(answer.latencyMs)}</span>
        </div>
        <p>{answer.explanation}</p>
        {answer.remedy !== "" && (
          <p>
            <strong>What to do:</strong> {answer.remedy}
          </p>
        )}
        {answer.message !== undefined && <pre class="long-answer">{answer.message}</pre>}
        <div class="row small">
          Trace <code class="wrap">{answer.traceId}</code>
          <CopyButton label="Copy" quiet text={() => answer.traceId} />
        </div>
      </div>
    </Notice>
  )
}
