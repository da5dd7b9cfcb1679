import { session } from "../../app/session.ts"
import { Name } from "../../components/Name.tsx"
import { RevokeButton } from "../../components/RevokeButton.tsx"
import { type Column, RowTable } from "../../components/RowTable.tsx"
import { formatName } from "../../format/names.ts"
import { formatInstant } from "../../format/times.ts"
import type { ListedAdminToken } from "./adminTokens.ts"

interface Props {
  readonly tokens: ReadonlyArray<ListedAdminToken>
  /** Of revisions, in Unix milliseconds. */
  readonly dates: ReadonlyMap<number, number>
  readonly onRevoke: (name: string) => void
}

const id: Column<ListedAdminToken> = {
  label: "Id",
  class: "mono",
  cell: (token) => <span title="The beginning of its SHA-256">{token.id}</span>
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
    <RowTable
      rows={tokens}
      keyOf={({ name }) => name}
      name={{
        label: "Name",
        cell: ({ name }) => (
          <>
            <Name>{name}</Name> {session.value?.actor === `token:${name}` && <span class="chip accent">you</span>}
          </>
        )
      }}
      facts={[
        { label: "Role", cell: ({ role }) => role },
        ...(tokens.some((token) => token.id !== undefined) ? [id] : []),
        {
          label: "Made",
          class: "number",
          cell: ({ revision }) => {
            const at = dates.get(revision)
            return at === undefined ? "–" : formatInstant(at)
          }
        }
      ]}
      action={{
        label: "Revoke",
        cell: ({ name }) => <RevokeButton label={formatName(name)} onClick={() => onRevoke(name)} />
      }}
    />
  )
}
