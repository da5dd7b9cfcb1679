import type { ComponentChildren } from "preact"
import { mayEdit } from "../app/session.ts"

interface Props {
  readonly title: string
  readonly about: string
  /** For who may change something. */
  readonly action: ComponentChildren
  readonly children: ComponentChildren
}

/** A list of entries: what they are, and beside it how one is added. */
export const CardSection = ({ title, about, action, children }: Props) => (
  <section class="card" aria-label={title}>
    <header class="card-head">
      <div>
        <h2>{title}</h2>
        <p class="muted small">{about}</p>
      </div>
      <span class="spacer" />
      {mayEdit.value && action}
    </header>
    {children}
  </section>
)
