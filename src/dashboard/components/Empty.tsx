import type { ComponentChildren } from "preact"

interface Props {
  readonly title: string
  readonly children?: ComponentChildren
}

/** Nothing there yet, and what to do about it. */
export const Empty = ({ title, children }: Props) => (
  <div class="state">
    <h2>{title}</h2>
    {children}
  </div>
)
