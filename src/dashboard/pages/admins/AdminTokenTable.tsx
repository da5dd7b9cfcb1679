import "../../components/rowTable.css"
import { session } from "../../app/session.ts"
import { formatInstant } from "../../format/times.ts"
import type { ListedAdminToken } from "./adminTokens.ts"

interface Props {
  readonly tokens: ReadonlyArray<ListedAdminToken>
  /** Of revisions, in Unix milliseconds. */
  readonly dates: ReadonlyMap<number, number>
  readonly onRevoke: (name: string) => void
}

export const AdminTokenTable = ({ tokens, dates, onRevoke }: Props) => {
  if (tokens.length === 0) {
    return (
      <p class="muted padded-text">
        None yet: only <code>SPANGATE_ADMIN_TOKEN</code>, which the control plane is started with, or a JWT lets anybody
        in.
      </p>
    )
  }
  return (
    <table class="table row-table">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Role</th>
          <th scope="col">Id</th>
          <th scope="col">Made</th>
          <th scope="col">
            <span class="hidden-visually">Revoke</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {tokens.map(({ name, role, id, revision }) => {
          const at = dates.get(revision)
          return (
            <tr key={name}>
              <th scope="row" class="wrap row-name">
                {name} {session.value?.actor === `token:${name}` && <span class="chip accent">you</span>}
              </th>
              <td data-label="Role">{role}</td>
              <td class="mono" data-label="Id" title="The beginning of its SHA-256">
                {id}
              </td>
              <td class="number" data-label="Made">
                {at === undefined ? "–" : formatInstant(at)}
              </td>
              <td class="end">
                <button
                  type="button"
                  class="button danger"
                  aria-label={`Revoke ${name}`}
                  onClick={() => onRevoke(name)}
                >
                  Revoke
                </button>
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
