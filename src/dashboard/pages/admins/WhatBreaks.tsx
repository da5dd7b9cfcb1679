import type { ShownConfig } from "../../api/types.ts"
import { session } from "../../app/session.ts"
import { Notice } from "../../components/Notice.tsx"
import { formatMessage } from "../../format/names.ts"
import { type AdminEntry, whatBreaks } from "./removal.ts"

interface Props {
  readonly config: ShownConfig
  readonly entry: AdminEntry
  /** Why it cannot be done; undefined while that is asked. */
  readonly refusal: ReadonlyArray<string> | undefined
}

/** Before an entry of those who operate goes: what that breaks, or why it may not. */
export const WhatBreaks = ({ config, entry, refusal }: Props) => {
  const [always, ...warnings] = whatBreaks(config, entry, session.value?.actor ?? "")
  if (refusal !== undefined && refusal.length > 0) {
    return (
      <Notice tone="bad">
        <div class="stack">
          <strong>It cannot go:</strong>
          {refusal.map((reason) => (
            <span key={reason} class="wrap">
              {formatMessage(reason)}
            </span>
          ))}
        </div>
      </Notice>
    )
  }
  return (
    <>
      <p>{always} Only restoring an older revision would let it in again.</p>
      {warnings.map((warning) => (
        <Notice key={warning} tone="warn">
          <span class="wrap">{warning}</span>
        </Notice>
      ))}
    </>
  )
}
