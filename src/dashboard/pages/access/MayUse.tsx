import { Name } from "../../components/Name.tsx"
import { Names } from "../../components/Names.tsx"
import { type Grant, reached } from "./grants.ts"

interface Props {
  readonly grants: ReadonlyArray<Grant>
  /** All models that there are, virtual ones too. */
  readonly routes: ReadonlyArray<string>
}

/** Which models a caller may use in the end, and what lets it. */
export const MayUse = ({ grants, routes }: Props) => {
  const models = reached(grants, routes)
  if (models.length === 0) return <span class="muted">nothing</span>
  return (
    <details class="may-use">
      <summary>
        {models.length === routes.length ? `all ${routes.length}` : `${models.length} of ${routes.length}`}
      </summary>
      <ul>
        {models.map(({ model, from }) => (
          <li key={model}>
            <span class="mono wrap">
              <Name>{model}</Name>
            </span>
            {grants.length > 1 && (
              <span class="muted small">
                {" "}
                by <Names of={from} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </details>
  )
}
