import { useSignal } from "@preact/signals"
import type { Role } from "../../api/types.ts"
import { NewTokenDialog } from "../../components/NewTokenDialog.tsx"
import { SelectField } from "../../components/SelectField.tsx"
import { TextField } from "../../components/TextField.tsx"
import { createAdminToken, type NewAdminToken } from "./adminTokens.ts"
import { asRole, mayDo, roles } from "./roles.ts"

interface Props {
  /** Names that there are, at the revision `base`. */
  readonly taken: ReadonlyArray<string>
  readonly base: number
  readonly onCreated: (token: NewAdminToken) => void
  readonly onClose: () => void
}

export const CreateAdminToken = ({ taken, base, onCreated, onClose }: Props) => {
  const typed = useSignal("")
  const role = useSignal<Role>("viewer")
  const name = typed.value.trim()
  return (
    <NewTokenDialog
      title="Create an admin token"
      kind="admin-token"
      name={name}
      places={["name", "role"]}
      check={() =>
        name === ""
          ? { name: "Write who or what will use it." }
          : taken.includes(name)
            ? { name: "is taken, choose another name" }
            : {}
      }
      create={async () => onCreated(await createAdminToken(name, role.value, base))}
      onClose={onClose}
    >
      {(errors) => (
        <>
          <TextField
            label="Name"
            value={typed.value}
            onChange={(value) => {
              typed.value = value
            }}
            error={errors["name"]}
            placeholder="alice or ci"
            hint="Who or what uses it: what it changes is recorded as theirs."
          />
          <SelectField
            label="Role"
            value={role.value}
            options={roles.map((value) => ({ value, label: value }))}
            onChange={(value) => {
              role.value = asRole(value)
            }}
            error={errors["role"]}
            hint={mayDo[role.value]}
          />
        </>
      )}
    </NewTokenDialog>
  )
}
