import { useSignal } from "@preact/signals"
import { asProblem } from "../../api/ApiProblem.ts"
import type { Role } from "../../api/types.ts"
import { Dialog } from "../../components/Dialog.tsx"
import { type FieldErrors, noErrors } from "../../components/fieldErrors.ts"
import { Notice } from "../../components/Notice.tsx"
import { placeProblems } from "../../components/placeProblems.ts"
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
  const errors = useSignal<FieldErrors>(noErrors)
  const busy = useSignal(false)

  const create = async () => {
    const name = typed.value.trim()
    const wrong =
      name === ""
        ? "Write who or what will use it."
        : taken.includes(name)
          ? "is taken, choose another name"
          : undefined
    errors.value = wrong === undefined ? noErrors : { fields: { name: wrong }, others: [] }
    if (wrong !== undefined) return
    busy.value = true
    try {
      onCreated(await createAdminToken(name, role.value, base))
    } catch (cause) {
      errors.value = placeProblems(asProblem(cause), "admin-token", name, ["name", "role"])
    }
    busy.value = false
  }

  return (
    <Dialog title="Create an admin token" onClose={onClose}>
      <form
        class="stack dialog-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          create()
        }}
      >
        <TextField
          label="Name"
          value={typed.value}
          onChange={(value) => {
            typed.value = value
          }}
          error={errors.value.fields["name"]}
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
          error={errors.value.fields["role"]}
          hint={mayDo[role.value]}
        />
        {errors.value.others.map((text) => (
          <Notice key={text} tone="bad">
            <span class="wrap">{text}</span>
          </Notice>
        ))}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="button primary" disabled={busy.value}>
            {busy.value ? "Creating…" : "Create token"}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
