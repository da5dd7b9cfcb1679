import { useSignal } from "@preact/signals"
import { asProblem } from "../../api/ApiProblem.ts"
import { mayEdit } from "../../app/session.ts"
import { toast } from "../../app/toasts.ts"
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx"
import { Empty } from "../../components/Empty.tsx"
import { Name } from "../../components/Name.tsx"
import { Names } from "../../components/Names.tsx"
import { RevokeButton } from "../../components/RevokeButton.tsx"
import { RowTable } from "../../components/RowTable.tsx"
import { formatName } from "../../format/names.ts"
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
      toast("ok", `The token of ${formatName(token.subject)} is revoked.`)
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
      <RowTable
        rows={rows}
        keyOf={({ id }) => id}
        name={{ label: "Subject", cell: ({ subject }) => <Name>{subject}</Name> }}
        facts={[
          { label: "Id", class: "mono", cell: ({ id }) => id },
          { label: "Teams", cell: ({ teams }) => (teams.length === 0 ? "–" : <Names of={teams} />) },
          { label: "May use", cell: (token) => <MayUse grants={grants(token)} routes={routes} /> },
          {
            label: "Created",
            class: "number",
            cell: ({ createdAt }) => (createdAt === undefined ? "–" : formatInstant(createdAt))
          }
        ]}
        action={{
          label: "Revoke",
          cell: (token) =>
            mayEdit.value && (
              <RevokeButton
                label={`${token.id} of ${formatName(token.subject)}`}
                onClick={() => {
                  asked.value = token
                }}
              />
            )
        }}
      />
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
          title={`Revoke the token of ${formatName(asked.value.subject)}?`}
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
