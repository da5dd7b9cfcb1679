import type { FormProps } from "../../components/EntityEditor.tsx"
import { TextField } from "../../components/TextField.tsx"
import type { AccountForm } from "./accountForm.ts"
import { infoOf } from "./accountTypes.ts"

/** Where an account's provider is; `hint` says what to write, which depends on whether it must be. */
export const BaseUrlField = (props: FormProps<AccountForm> & { readonly hint: string }) => {
  const { form, onChange, errors, disabled, hint } = props
  return (
    <TextField
      label="Base URL"
      type="url"
      mono
      value={form.baseUrl}
      onChange={(baseUrl) => onChange({ ...form, baseUrl })}
      error={errors["baseUrl"]}
      disabled={disabled}
      placeholder={infoOf(form.type).baseUrl}
      hint={hint}
    />
  )
}
