import { useSignal } from "@preact/signals"
import { asProblem } from "../../api/ApiProblem.ts"
import { Dialog } from "../../components/Dialog.tsx"
import { type FieldErrors, noErrors } from "../../components/fieldErrors.ts"
import { NamesField } from "../../components/NamesField.tsx"
import { Notice } from "../../components/Notice.tsx"
import { placeProblems } from "../../components/placeProblems.ts"
import { optionalTexts } from "../../components/readBody.ts"
import { TextField } from "../../components/TextField.tsx"
import { ModelsAllowed } from "./ModelsAllowed.tsx"
import { createToken, type NewToken } from "./tokens.ts"

interface Props {
  readonly routes: ReadonlyArray<string>
  readonly teams: ReadonlyArray<string>
  readonly onCreated: (token: NewToken) => void
  readonly onClose: () => void
}

export const CreateToken = ({ routes, teams: known, onCreated, onClose }: Props) => {
  const subject = useSignal("")
  const teams = useSignal<ReadonlyArray<string>>([])
  const models = useSignal<ReadonlyArray<string>>(["*"])
  const errors = useSignal<FieldErrors>(noErrors)
  const busy = useSignal(false)

  const create = async () => {
    if (subject.value.trim() === "") {
      errors.value = { fields: { subject: "Write who will use it." }, others: [] }
      return
    }
    errors.value = noErrors
    busy.value = true
    try {
      onCreated(
        await createToken({
          subject: subject.value.trim(),
          ...optionalTexts("teams", teams.value),
          ...optionalTexts("models", models.value)
        })
      )
    } catch (cause) {
      errors.value = placeProblems(asProblem(cause), "token", undefined, ["subject", "teams", "models"])
    }
    busy.value = false
  }

  return (
    <Dialog title="Create a token" onClose={onClose}>
      <form
        class="stack dialog-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          create()
        }}
      >
        <TextField
          label="Subject"
          value={subject.value}
          onChange={(value) => {
            subject.value = value
          }}
          error={errors.value.fields["subject"]}
          placeholder="user:alice or app:checkout"
          hint="Who uses it: it is in every trace."
        />
        <NamesField
          label="Teams"
          names={teams.value}
          onChange={(value) => {
            teams.value = value
          }}
          suggestions={known}
          error={errors.value.fields["teams"]}
          hint="Optional. In every trace, and what they may use this token may use."
        />
        <ModelsAllowed
          models={models.value}
          onChange={(value) => {
            models.value = value
          }}
          routes={routes}
          error={errors.value.fields["models"]}
          empty="Only what its teams and its subject may use."
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
