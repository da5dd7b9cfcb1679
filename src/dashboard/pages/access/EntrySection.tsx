import { href } from "../../app/places.ts"
import { mayEdit } from "../../app/session.ts"
import { CardSection } from "../../components/CardSection.tsx"
import { Name } from "../../components/Name.tsx"
import { Names } from "../../components/Names.tsx"
import { RowTable } from "../../components/RowTable.tsx"
import { formatName } from "../../format/names.ts"
import type { Grant } from "./grants.ts"
import { MayUse } from "./MayUse.tsx"

export interface EntryRow {
  readonly name: string
  /** What it says besides its models. */
  readonly facts: ReadonlyArray<string>
  readonly grants: ReadonlyArray<Grant>
}

interface Props {
  /** `team`: also what the URL calls it. */
  readonly kind: "team" | "subject" | "issuer"
  readonly title: string
  readonly about: string
  readonly rows: ReadonlyArray<EntryRow>
  readonly nameLabel: string
  readonly factsLabel: string
  readonly routes: ReadonlyArray<string>
  readonly empty: string
}

/** Teams, subjects or issuers, with what each may use, and how one is added. */
export const EntrySection = ({ kind, title, about, rows, nameLabel, factsLabel, routes, empty }: Props) => (
  <CardSection
    title={title}
    about={about}
    action={
      <a class="button" href={href("/access", { new: kind })}>
        Add {kind}
      </a>
    }
  >
    {rows.length === 0 ? (
      <p class="muted padded-text">{empty}</p>
    ) : (
      <RowTable
        rows={rows}
        keyOf={({ name }) => name}
        name={{ label: nameLabel, cell: ({ name }) => <Name>{name}</Name> }}
        facts={[
          {
            label: factsLabel,
            class: "wrap",
            cell: ({ facts }) => (facts.length === 0 ? "–" : <Names of={facts} />)
          },
          { label: "May use", cell: ({ grants }) => <MayUse grants={grants} routes={routes} /> }
        ]}
        action={{
          label: "Open",
          cell: ({ name }) => (
            <a
              class="button"
              aria-label={`${mayEdit.value ? "Edit" : "View"} ${kind} ${formatName(name)}`}
              href={href("/access", { [kind]: name })}
            >
              {mayEdit.value ? "Edit" : "View"}
            </a>
          )
        }}
      />
    )}
  </CardSection>
)
