import { CopyButton } from "../../components/CopyButton.tsx"
import { Notice } from "../../components/Notice.tsx"
import { type NewToken, shownToken } from "./tokens.ts"

/** A new token, until its reader has put it away. */
export const ShownToken = ({ token }: { readonly token: NewToken }) => (
  <Notice tone="ok">
    <div class="stack shown-token">
      <strong class="wrap">
        The token of {token.subject}. Copy it now: it is not kept, and cannot be shown again.
      </strong>
      <div class="row">
        <input
          class="input mono"
          aria-label="New token"
          readOnly
          value={token.token}
          onFocus={(event) => event.currentTarget.select()}
        />
        <CopyButton label="Copy token" text={() => token.token} />
        <button
          type="button"
          class="button"
          onClick={() => {
            shownToken.value = undefined
          }}
        >
          I have it
        </button>
      </div>
      <p class="hint">
        Applications send it as <code>Authorization: Bearer …</code>, to the gateway.
      </p>
    </div>
  </Notice>
)
