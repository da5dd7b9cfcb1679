import { useSignal } from "@preact/signals"
import type { ComponentChildren } from "preact"
import type { EntityKind } from "../../services/config/entities.ts"
import { asProblem } from "../api/ApiProblem.ts"
import { Dialog } from "./Dialog.tsx"
import { type FieldErrors, noErrors } from "./fieldErrors.ts"
import { Notice } from "./Notice.tsx"
import { placeProblems } from "./placeProblems.ts"

interface Props {
  readonly title: string
  readonly kind: EntityKind
  /** In the store, as far as it is known here. */
  readonly name: string | undefined
  /** That have an input of their own. */
  readonly places: ReadonlyArray<string>
  /** What is wrong before anything is sent, by place. */
  readonly check: () => FieldErrors["fields"]
  /** Makes it, and takes the dialog away. Fails with `ApiProblem`. */
  readonly create: () => Promise<void>
  readonly onClose: () => void
  /** The inputs, each with what is wrong there. */
  readonly children: (errors: FieldErrors["fields"]) => ComponentChildren
}

/** Asks for what a new token needs; stays, with what was typed, until there is one. */
export const NewTokenDialog = ({ title, kind, name, places, check, create, onClose, children }: Props) => {
  const errors = useSignal<FieldErrors>(noErrors)
  const busy = useSignal(false)

  const submit = async () => {
    const fields = check()
    errors.value = { fields, others: [] }
    if (Object.keys(fields).length > 0) return
    busy.value = true
    try {
      await create()
    } catch (cause) {
      errors.value = placeProblems(asProblem(cause), kind, name, places)
    }
    busy.value = false
  }

  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class="stack dialog-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        {children(errors.value.fields)}
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
