import "../../components/rowTable.css"
import { useSignal } from "@preact/signals"
import { asProblem } from "../../api/ApiProblem.ts"
import { mayEdit } from "../../app/session.ts"
import { toast } from "../../app/toasts.ts"
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx"
import { Empty } from "../../components/Empty.tsx"
import { formatInstant } from "../../format/times.ts"
import type { Grant } from "./grants.ts"
import { MayUse } from "./MayUse.tsx"
import { type ListedToken, revokeToken } from "./tokens.ts"

interface Props {
  readonly tokens: ReadonlyArray<ListedToken>
  readonly routes: ReadonlyArray<string>
  readonly grants: (token: ListedToken) => ReadonlyArray<Grant>
  readonly onRevoked: (revision: number) => void
}

const FIRST = 50

export const TokenTable = ({ tokens, routes, grants, onRevoked }: Props) => {
  const asked = useSignal<ListedToken | undefined>(undefined)
  const search = useSignal("")
  const all = useSignal(false)
  const words = search.value.trim().toLowerCase()
  const found = tokens.filter(({ id, subject, teams }) =>
    [id, subject, ...teams].some((value) => value.toLowerCase().includes(words))
  )
  const rows = all.value ? found : found.slice(0, FIRST)

  const revoke = async (token: ListedToken) => {
    asked.value = undefined
    try {
      const { revision } = await revokeToken(token.id)
      toast("ok", `The token of ${token.subject} is revoked.`)
      onRevoked(revision)
    } catch (cause) {
      toast("bad", asProblem(cause).message)
    }
  }

  if (tokens.length === 0) {
    return (
      <Empty title="No token yet">
        <p>Without one, or a JWT issuer, no application gets in.</p>
      </Empty>
    )
  }
  return (
    <>
      {tokens.length > 10 && (
        <div class="table-search">
          <input
            class="input"
            type="search"
            data-search
            aria-label="Search tokens"
            placeholder="Search by subject, team or id"
            value={search.value}
            onInput={(event) => {
              search.value = event.currentTarget.value
            }}
          />
        </div>
      )}
      <table class="table row-table">
        <thead>
          <tr>
            <th scope="col">Subject</th>
            <th scope="col">Id</th>
            <th scope="col">Teams</th>
            <th scope="col">May use</th>
            <th scope="col">Created</th>
            <th scope="col">
              <span class="hidden-visually">Revoke</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((token) => (
            <tr key={token.id}>
              <th scope="row" class="wrap row-name">
                {token.subject}
              </th>
              <td class="mono" data-label="Id">
                {token.id}
              </td>
              <td data-label="Teams">{token.teams.length === 0 ? "–" : token.teams.join(", ")}</td>
              <td data-label="May use">
                <MayUse grants={grants(token)} routes={routes} />
              </td>
              <td class="number" data-label="Created">
                {token.createdAt === undefined ? "–" : formatInstant(token.createdAt)}
              </td>
              <td class="end">
                {mayEdit.value && (
                  <button
                    type="button"
                    class="button danger"
                    aria-label={`Revoke ${token.id} of ${token.subject}`}
                    onClick={() => {
                      asked.value = token
                    }}
                  >
                    Revoke
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {found.length === 0 && <p class="muted padded-text">No token is like that.</p>}
      {rows.length < found.length && (
        <div class="padded-text">
          <button
            type="button"
            class="button"
            onClick={() => {
              all.value = true
            }}
          >
            Show all {found.length}
          </button>
        </div>
      )}
      {asked.value !== undefined && (
        <ConfirmDialog
          title={`Revoke the token of ${asked.value.subject}?`}
          action="Revoke token"
          onCancel={() => {
            asked.value = undefined
          }}
          onConfirm={() => {
            if (asked.value !== undefined) revoke(asked.value)
          }}
        >
          <p>
            Requests with <code>{asked.value.id}</code>… are refused within a second. Only restoring an older revision
            would let it in again.
          </p>
        </ConfirmDialog>
      )}
    </>
  )
}
