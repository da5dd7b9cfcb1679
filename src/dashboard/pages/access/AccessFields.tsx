import type { FormProps } from "../../components/EntityEditor.tsx"
import { NamesField } from "../../components/NamesField.tsx"
import { TextField } from "../../components/TextField.tsx"
import type { SubjectForm, TeamForm } from "./accessForms.ts"
import { ModelsAllowed } from "./ModelsAllowed.tsx"

interface Known {
  readonly routes: ReadonlyArray<string>
  readonly teams: ReadonlyArray<string>
}

export const TeamFields = (props: FormProps<TeamForm> & Pick<Known, "routes">) => {
  const { form, onChange, errors, isNew, disabled, routes } = props
  return (
    <>
      <TextField
        label="Name"
        value={form.name}
        onChange={(name) => onChange({ ...form, name })}
        error={errors["name"]}
        disabled={disabled || !isNew}
        placeholder="ml"
        hint={isNew ? "As tokens and claims name it." : "Fixed: tokens and claims name it so."}
      />
      <ModelsAllowed
        models={form.models}
        onChange={(models) => onChange({ ...form, models })}
        routes={routes}
        error={errors["models"]}
        disabled={disabled}
        empty="What all its members may use, * for every model."
      />
    </>
  )
}

export const SubjectFields = (props: FormProps<SubjectForm> & Known) => {
  const { form, onChange, errors, isNew, disabled, routes, teams } = props
  return (
    <>
      <TextField
        label="Subject"
        value={form.subject}
        onChange={(subject) => onChange({ ...form, subject })}
        error={errors["subject"]}
        disabled={disabled || !isNew}
        placeholder="user:alice"
        hint={isNew ? "As tokens name it, or a JWT's subject claim." : "Fixed: tokens and claims name it so."}
      />
      <NamesField
        label="Teams"
        names={form.teams}
        onChange={(chosen) => onChange({ ...form, teams: chosen })}
        suggestions={teams}
        error={errors["teams"]}
        disabled={disabled}
        hint="Whose models it may use as well."
      />
      <ModelsAllowed
        models={form.models}
        onChange={(models) => onChange({ ...form, models })}
        routes={routes}
        error={errors["models"]}
        disabled={disabled}
        empty="What it may use besides, whatever it comes with."
      />
    </>
  )
}
