import { Notice } from "../../components/Notice.tsx"
import { formatName } from "../../format/names.ts"
import { formatCount, formatDuration } from "../../format/numbers.ts"
import type { Answer } from "./chat.ts"
import { TraceLink } from "./TraceLink.tsx"

const isOver = (state: Answer["state"]): boolean => state === "done" || state === "stopped" || state === "failed"

/** How an answer came, or why it did not. */
export const AnswerFacts = ({ answer }: { readonly answer: Answer }) => {
  const { error, state } = answer
  return (
    <>
      {error !== undefined && (
        <Notice tone="bad">
          <strong>{error.status === undefined ? "The answer failed" : `The gateway answered ${error.status}`}</strong>
          {error.code !== undefined && <code class="wrap">{error.code}</code>}
          <span class="wrap">{error.message}</span>
        </Notice>
      )}
      {isOver(state) && (
        <div class="answer-facts">
          {state === "stopped" && <span class="chip warn">stopped</span>}
          {answer.finishReason !== undefined && answer.finishReason !== "stop" && (
            <span class="chip warn">{answer.finishReason}</span>
          )}
          <Fact label="Latency" value={formatDuration(answer.latencyMs)} />
          <Fact label="First token" value={formatDuration(answer.firstTokenMs)} />
          <Fact label="Tokens in" value={formatCount(answer.inputTokens)} />
          <Fact label="Tokens out" value={formatCount(answer.outputTokens)} />
          {answer.resolvedModel !== undefined && <Fact label="Answered by" value={formatName(answer.resolvedModel)} />}
          {answer.traceId !== undefined && <TraceLink traceId={answer.traceId} />}
        </div>
      )}
    </>
  )
}

const Fact = ({ label, value }: { readonly label: string; readonly value: string }) => (
  <span>
    <span class="muted">{label}</span> <span class="number">{value}</span>
  </span>
)
