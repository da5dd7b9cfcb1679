import type { ComponentChildren } from "preact"

interface Props {
  readonly title: ComponentChildren
  /** Where the page stands, above its title. */
  readonly crumbs?: ReadonlyArray<string>
  readonly children?: ComponentChildren
}

/** A page's title, and beside it what can be done with the page as a whole. */
export const PageHead = ({ title, crumbs, children }: Props) => (
  <header class="page-head">
    <div class="title">
      {crumbs !== undefined && (
        <div class="crumbs">
          {crumbs.map((crumb, index) => (
            <span key={crumb}>{index === 0 ? crumb : `› ${crumb}`}</span>
          ))}
        </div>
      )}
      <h1>{title}</h1>
    </div>
    <div class="row">{children}</div>
  </header>
)
