import "./shownToken.css"
import type { ComponentChildren } from "preact"
import { CopyButton } from "./CopyButton.tsx"
import { Name } from "./Name.tsx"
import { Notice } from "./Notice.tsx"

interface Props {
  /** Whose it is: a subject, or a name. */
  readonly owner: string
  readonly token: string
  readonly onDone: () => void
  /** What it opens. */
  readonly children: ComponentChildren
}

/** A new token, until its reader has put it away. */
export const ShownToken = ({ owner, token, onDone, children }: Props) => (
  <Notice tone="ok">
    <div class="stack shown-token">
      <strong class="wrap">
        The token of <Name>{owner}</Name>. Copy it now: it is not kept, and cannot be shown again.
      </strong>
      <div class="row">
        <input
          class="input mono"
          aria-label="New token"
          readOnly
          value={token}
          onFocus={(event) => event.currentTarget.select()}
        />
        <CopyButton label="Copy token" text={() => token} />
        <button type="button" class="button" onClick={onDone}>
          I have it
        </button>
      </div>
      <p class="hint">{children}</p>
    </div>
  </Notice>
)
