import { differences } from "./diff.ts"

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
              <td class="mono wrap">{row.path === "" ? "(all)" : row.path}</td>
              <td class="mono wrap">{row.before === undefined ? "–" : <del>{row.before}</del>}</td>
              <td class="mono wrap">{row.after === undefined ? "–" : <ins>{row.after}</ins>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
