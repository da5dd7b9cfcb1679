import type { ShownEntity } from "../../api/types.ts"
import { href } from "../../app/places.ts"
import { Name } from "../../components/Name.tsx"
import { RowTable } from "../../components/RowTable.tsx"
import { record, text } from "../../components/readBody.ts"
import { formatName } from "../../format/names.ts"

export const AdminIssuerTable = ({ entities }: { readonly entities: ReadonlyArray<ShownEntity> }) => {
  const issuers = entities.filter(({ kind }) => kind === "admin-issuer")
  if (issuers.length === 0) return <p class="muted padded-text">None yet.</p>
  return (
    <RowTable
      rows={issuers}
      keyOf={({ name }) => name}
      name={{ label: "Issuer", cell: ({ name }) => <Name>{name}</Name> }}
      facts={[
        { label: "Audience", class: "wrap", cell: ({ body }) => <Name>{text(record(body)["audience"])}</Name> },
        {
          label: "Roles claim",
          class: "wrap",
          cell: ({ body }) => <Name>{text(record(body)["rolesClaim"]) || "roles"}</Name>
        }
      ]}
      action={{
        label: "Open",
        cell: ({ name }) => (
          <a class="button" aria-label={`Edit issuer ${formatName(name)}`} href={href("/admins", { issuer: name })}>
            Edit
          </a>
        )
      }}
    />
  )
}
