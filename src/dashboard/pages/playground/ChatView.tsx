import { useEffect, useRef } from "preact/hooks"
import { LazyMarkdown } from "../../components/LazyMarkdown.tsx"
import { Name } from "../../components/Name.tsx"
import { AnswerFacts } from "./AnswerFacts.tsx"
import { chat, type Turn } from "./chat.ts"

/** The conversation, its newest line in view. */
export const ChatView = () => {
  const { turns, model } = chat.value
  const end = useRef<HTMLDivElement>(null)
  const grown = turns.reduce((sum, { text, reasoning }) => sum + text.length + reasoning.length, turns.length)

  useEffect(() => {
    // A reader who has scrolled back up is left there.
    const distance = document.documentElement.scrollHeight - window.scrollY - window.innerHeight
    if (turns.length > 0 && distance < 400) end.current?.scrollIntoView({ block: "end" })
  }, [grown])

  return (
    <div class="chat" role="log" aria-label="Conversation">
      {turns.length === 0 && (
        <p class="muted chat-empty">
          Say something to{" "}
          <span class="mono">
            <Name>{model}</Name>
          </span>
          . Its trace is stored like any application's.
        </p>
      )}
      {turns.map((turn) => (
        <TurnView key={turn.id} turn={turn} />
      ))}
      <div ref={end} class="chat-end" />
    </div>
  )
}

const TurnView = ({ turn }: { readonly turn: Turn }) => {
  const { answer, text, reasoning, role } = turn
  const arriving = answer?.state === "waiting" || answer?.state === "streaming"
  return (
    <article class={`turn ${role}`} aria-label={role === "user" ? "You" : "Answer"} aria-busy={arriving}>
      {reasoning !== "" && (
        <details class="fold">
          <summary>Reasoning</summary>
          <pre class="plain">{reasoning}</pre>
        </details>
      )}
      {role === "user" || arriving ? (
        <pre class="plain">
          {text}
          {arriving && <span class="caret" aria-hidden="true" />}
        </pre>
      ) : (
        text !== "" && <LazyMarkdown text={text} />
      )}
      {answer !== undefined && <AnswerFacts answer={answer} />}
    </article>
  )
}
