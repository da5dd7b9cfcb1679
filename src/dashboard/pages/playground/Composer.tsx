import { useRef } from "preact/hooks"
import { ask, stop } from "./ask.ts"
import { chat, setChat } from "./chat.ts"

/** Enter sends, Shift and Enter begins a line. */
export const Composer = () => {
  const { draft, turns } = chat.value
  const input = useRef<HTMLTextAreaElement>(null)
  const state = turns.at(-1)?.answer?.state
  const busy = state === "waiting" || state === "streaming"
  const submit = () => {
    ask()
    input.current?.focus()
  }
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <textarea
        ref={input}
        class="textarea"
        aria-label="Message"
        placeholder="Message, Enter to send"
        data-search
        rows={2}
        value={draft}
        onInput={(event) => setChat({ draft: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return
          event.preventDefault()
          submit()
        }}
      />
      {busy ? (
        <button type="button" class="button" onClick={stop}>
          Stop
        </button>
      ) : (
        <button type="submit" class="button primary" disabled={draft.trim() === ""}>
          Send
        </button>
      )}
    </form>
  )
}
