import "../../components/rowTable.css"
import type { ShownEntity } from "../../api/types.ts"
import { href } from "../../app/places.ts"
import { record, text } from "../../components/readBody.ts"

export const AdminIssuerTable = ({ entities }: { readonly entities: ReadonlyArray<ShownEntity> }) => {
  const issuers = entities.filter(({ kind }) => kind === "admin-issuer")
  if (issuers.length === 0) return <p class="muted padded-text">None yet.</p>
  return (
    <table class="table row-table">
      <thead>
        <tr>
          <th scope="col">Issuer</th>
          <th scope="col">Audience</th>
          <th scope="col">Roles claim</th>
          <th scope="col">
            <span class="hidden-visually">Open</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {issuers.map(({ name, body }) => (
          <tr key={name}>
            <th scope="row" class="wrap row-name">
              {name}
            </th>
            <td class="wrap" data-label="Audience">
              {text(record(body)["audience"])}
            </td>
            <td class="wrap" data-label="Roles claim">
              {text(record(body)["rolesClaim"]) || "roles"}
            </td>
            <td class="end">
              <a class="button" aria-label={`Edit issuer ${name}`} href={href("/admins", { issuer: name })}>
                Edit
              </a>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
