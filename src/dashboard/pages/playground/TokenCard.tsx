import { useSignal } from "@preact/signals"
import { asProblem } from "../../api/ApiProblem.ts"
import { Notice } from "../../components/Notice.tsx"
import { SecretField } from "../../components/SecretField.tsx"
import { keepToken, makeToken, PLAYGROUND_SUBJECT } from "./playgroundToken.ts"

/** Before the first message: the gateway lets nobody in without a token of its own. */
export const TokenCard = () => {
  const typed = useSignal("")
  const busy = useSignal(false)
  const failure = useSignal<string | undefined>(undefined)

  const make = async () => {
    busy.value = true
    failure.value = undefined
    try {
      await makeToken()
    } catch (cause) {
      failure.value = asProblem(cause).message
    }
    busy.value = false
  }

  return (
    <div class="card padded stack token-card">
      <h2>The gateway wants a token</h2>
      <p class="muted">
        Messages go through the gateway like any application's, with a token of its own. It is kept in this browser tab
        only.
      </p>
      <div>
        <button type="button" class="button primary" disabled={busy.value} onClick={make}>
          {busy.value ? "Making it…" : `Make one for ${PLAYGROUND_SUBJECT}`}
        </button>
      </div>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          if (typed.value.trim() !== "") keepToken({ token: typed.value.trim() })
        }}
      >
        <SecretField
          label="Or use one you have"
          value={typed.value}
          placeholder="sg-…"
          onChange={(value) => {
            if (typeof value === "string") typed.value = value
          }}
        />
        <div>
          <button type="submit" class="button" disabled={typed.value.trim() === ""}>
            Use this token
          </button>
        </div>
      </form>
      {failure.value !== undefined && (
        <Notice tone="bad">
          <span class="wrap">{failure.value}</span>
        </Notice>
      )}
    </div>
  )
}
