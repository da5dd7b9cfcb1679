import "./rowTable.css"
import type { ComponentChildren } from "preact"

export interface Column<R> {
  readonly label: string
  readonly class?: string
  readonly cell: (row: R) => ComponentChildren
}

interface Props<R> {
  readonly rows: ReadonlyArray<R>
  readonly keyOf: (row: R) => string
  /** What its rows go by. */
  readonly name: Column<R>
  readonly facts: ReadonlyArray<Column<R>>
  /** What can be done with a row; the label is read out only. */
  readonly action: Column<R>
}

/** A line for each of a few entries; where there is no room for columns, a list of them. */
export const RowTable = <R,>({ rows, keyOf, name, facts, action }: Props<R>) => (
  <table class="table row-table">
    <thead>
      <tr>
        {[name, ...facts].map(({ label }) => (
          <th key={label} scope="col">
            {label}
          </th>
        ))}
        <th scope="col">
          <span class="hidden-visually">{action.label}</span>
        </th>
      </tr>
    </thead>
    <tbody>
      {rows.map((row) => (
        <tr key={keyOf(row)}>
          <th scope="row" class="wrap row-name">
            {name.cell(row)}
          </th>
          {facts.map((fact) => (
            <td key={fact.label} class={fact.class} data-label={fact.label}>
              {fact.cell(row)}
            </td>
          ))}
          <td class="end">{action.cell(row)}</td>
        </tr>
      ))}
    </tbody>
  </table>
)
