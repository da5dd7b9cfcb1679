import type { ComponentChildren } from "preact"
import { useLayoutEffect, useRef } from "preact/hooks"

interface Props {
  readonly summary: ComponentChildren
  /** Opens it when it becomes true; only the reader closes it. */
  readonly open: boolean
  readonly children: ComponentChildren
}

/** What most readers do not need. */
export const Fold = ({ summary, open, children }: Props) => {
  const element = useRef<HTMLDetailsElement>(null)
  useLayoutEffect(() => {
    if (open && element.current !== null) element.current.open = true
  }, [open])
  return (
    <details class="fold" ref={element}>
      <summary>{summary}</summary>
      <div class="stack">{children}</div>
    </details>
  )
}
