import "../../components/rowTable.css"
import { href } from "../../app/places.ts"
import { mayEdit } from "../../app/session.ts"
import type { Grant } from "./grants.ts"
import { MayUse } from "./MayUse.tsx"

export interface EntryRow {
  readonly name: string
  /** What it says besides its models. */
  readonly facts: string
  readonly grants: ReadonlyArray<Grant>
}

interface Props {
  /** `team`: also what the URL calls it. */
  readonly kind: "team" | "subject" | "issuer"
  readonly rows: ReadonlyArray<EntryRow>
  readonly nameLabel: string
  readonly factsLabel: string
  readonly routes: ReadonlyArray<string>
  readonly empty: string
}

/** Teams, subjects or issuers, with what each may use. */
export const EntryTable = ({ kind, rows, nameLabel, factsLabel, routes, empty }: Props) => {
  if (rows.length === 0) return <p class="muted padded-text">{empty}</p>
  return (
    <table class="table row-table">
      <thead>
        <tr>
          <th scope="col">{nameLabel}</th>
          <th scope="col">{factsLabel}</th>
          <th scope="col">May use</th>
          <th scope="col">
            <span class="hidden-visually">Open</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, facts, grants }) => (
          <tr key={name}>
            <th scope="row" class="wrap row-name">
              {name}
            </th>
            <td class="wrap" data-label={factsLabel}>
              {facts === "" ? "–" : facts}
            </td>
            <td data-label="May use">
              <MayUse grants={grants} routes={routes} />
            </td>
            <td class="end">
              <a
                class="button"
                aria-label={`${mayEdit.value ? "Edit" : "View"} ${kind} ${name}`}
                href={href("/access", { [kind]: name })}
              >
                {mayEdit.value ? "Edit" : "View"}
              </a>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
