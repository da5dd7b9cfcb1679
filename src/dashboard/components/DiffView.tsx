import { differences } from "./diff.ts"
import { Name } from "./Name.tsx"

interface Props {
  readonly before: unknown
  readonly after: unknown
  readonly beforeLabel?: string
  readonly afterLabel?: string
}

/** What changed, leaf by leaf. */
export const DiffView = ({ before, after, beforeLabel = "Before", afterLabel = "After" }: Props) => {
  const rows = differences(before, after)
  if (rows.length === 0) return <p class="muted">No difference.</p>
  return (
    <div class="scroll-x">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">{beforeLabel}</th>
            <th scope="col">{afterLabel}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.path}>
              <td class="mono wrap">
                <Name>{row.path === "" ? "(all)" : row.path}</Name>
              </td>
              <td class="mono wrap">
                {row.before === undefined ? (
                  "–"
                ) : (
                  <del>
                    <Name>{row.before}</Name>
                  </del>
                )}
              </td>
              <td class="mono wrap">
                {row.after === undefined ? (
                  "–"
                ) : (
                  <ins>
                    <Name>{row.after}</Name>
                  </ins>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
