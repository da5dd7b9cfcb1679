import { useSignal } from "@preact/signals"
import { NamesField } from "../../components/NamesField.tsx"
import { NewTokenDialog } from "../../components/NewTokenDialog.tsx"
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
  const typed = useSignal("")
  const teams = useSignal<ReadonlyArray<string>>([])
  const models = useSignal<ReadonlyArray<string>>(["*"])
  const subject = typed.value.trim()

  const create = async () =>
    onCreated(
      await createToken({ subject, ...optionalTexts("teams", teams.value), ...optionalTexts("models", models.value) })
    )

  return (
    <NewTokenDialog
      title="Create a token"
      kind="token"
      name={undefined}
      places={["subject", "teams", "models"]}
      check={() => (subject === "" ? { subject: "Write who will use it." } : {})}
      create={create}
      onClose={onClose}
    >
      {(errors) => (
        <>
          <TextField
            label="Subject"
            value={typed.value}
            onChange={(value) => {
              typed.value = value
            }}
            error={errors["subject"]}
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
            error={errors["teams"]}
            hint="Optional. In every trace, and what they may use this token may use."
          />
          <ModelsAllowed
            models={models.value}
            onChange={(value) => {
              models.value = value
            }}
            routes={routes}
            error={errors["models"]}
            empty="Only what its teams and its subject may use."
          />
        </>
      )}
    </NewTokenDialog>
  )
}
