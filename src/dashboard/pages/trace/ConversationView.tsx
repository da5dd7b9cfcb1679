import "./conversation.css"
import { useSignal } from "@preact/signals"
import { LongText } from "../../components/LongText.tsx"
import type { Conversation, Message } from "./conversation.ts"
import { isEmpty } from "./conversation.ts"
import { MessagePart } from "./MessagePart.tsx"

const AT_FIRST = 30

/** What was said. Of a long history the last messages, the others when asked for. */
export const ConversationView = ({ conversation }: { readonly conversation: Conversation }) => {
  const shown = useSignal(AT_FIRST)
  const { input, output, rawInput, rawOutput } = conversation
  if (isEmpty(conversation)) {
    return (
      <p class="muted padded-text">
        No content was captured: the gateway is set to <code>capture: metadata</code>, or the request asked not to be
        logged.
      </p>
    )
  }
  const hidden = Math.max(0, input.length - shown.value)
  return (
    <div class="conversation">
      {hidden > 0 && (
        <button
          type="button"
          class="button"
          onClick={() => {
            shown.value += AT_FIRST * 4
          }}
        >
          Show {Math.min(hidden, AT_FIRST * 4)} earlier messages
        </button>
      )}
      {input.slice(hidden).map((message, index) => (
        <Turn key={hidden + index} message={message} answer={false} />
      ))}
      {rawInput !== undefined && <Raw title="request" text={rawInput} />}
      {output.map((message, index) => (
        <Turn key={`answer-${index}`} message={message} answer={true} />
      ))}
      {rawOutput !== undefined && <Raw title="answer" text={rawOutput} />}
    </div>
  )
}

const Turn = ({ message, answer }: { readonly message: Message; readonly answer: boolean }) => (
  <article class={answer ? "turn answer" : "turn"}>
    <h3 class={`turn-role ${message.role}`}>
      {message.role}
      {answer && <span class="chip accent">answer</span>}
    </h3>
    <div class="turn-body">
      {message.parts.length === 0 ? (
        <span class="muted">(empty)</span>
      ) : (
        message.parts.map((part, index) => <MessagePart key={index} part={part} />)
      )}
    </div>
  </article>
)

const Raw = ({ title, text }: { readonly title: string; readonly text: string }) => (
  <article class="turn">
    <h3 class="turn-role">{title}</h3>
    <div class="turn-body">
      <LongText text={text} />
    </div>
  </article>
)
