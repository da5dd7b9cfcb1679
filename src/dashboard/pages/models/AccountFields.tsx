import type { FormProps } from "../../components/EntityEditor.tsx"
import { SecretField } from "../../components/SecretField.tsx"
import { SelectField } from "../../components/SelectField.tsx"
import { TextField } from "../../components/TextField.tsx"
import { AccountMore } from "./AccountMore.tsx"
import type { AccountForm } from "./accountForm.ts"
import { accountTypes, infoOf, needOf } from "./accountTypes.ts"
import { BaseUrlField } from "./BaseUrlField.tsx"
import { ModelsField } from "./ModelsField.tsx"

/** One provider account with its models. What most need comes first, the rest is folded away. */
export const AccountFields = (props: FormProps<AccountForm>) => {
  const { form, onChange, errors, isNew, disabled } = props
  const set = (changes: Partial<AccountForm>) => onChange({ ...form, ...changes })
  const info = infoOf(form.type)
  return (
    <>
      <div class="editor-grid">
        <TextField
          label="Name"
          mono
          value={form.name}
          onChange={(name) => set({ name })}
          error={errors["name"]}
          disabled={disabled || !isNew}
          hint={isNew ? `Its models are called ${form.name || "name"}/…` : "Fixed: clients and traces go by it."}
        />
        {!isNew && (
          <SelectField
            label="Type"
            value={form.type}
            options={accountTypes.map(({ type, label }) => ({ value: type, label }))}
            onChange={(value) => {
              const type = accountTypes.find((one) => one.type === value)?.type
              if (type !== undefined) set({ type })
            }}
            error={errors["type"]}
            disabled={disabled}
          />
        )}
      </div>
      {needOf(form.type, "baseUrl") === "required" && (
        <BaseUrlField {...props} hint="Up to what comes before /chat/completions." />
      )}
      {needOf(form.type, "apiKey") !== "none" && (
        <SecretField
          label="API key"
          value={form.apiKey}
          onChange={(apiKey) => set({ apiKey })}
          error={errors["apiKey"]}
          disabled={disabled}
          hint={`${info.keyHint} Stored encrypted; it cannot be read back.`}
        />
      )}
      {needOf(form.type, "apiVersion") === "required" && (
        <TextField
          label="API version"
          mono
          value={form.apiVersion}
          onChange={(apiVersion) => set({ apiVersion })}
          error={errors["apiVersion"]}
          disabled={disabled}
          placeholder="2024-10-21"
          hint="Not needed where the base URL ends with /openai/v1."
        />
      )}
      <ModelsField
        account={form.name}
        placeholder={info.model}
        models={form.models}
        onChange={(models) => set({ models })}
        errors={errors}
        disabled={disabled}
      />
      <AccountMore {...props} />
    </>
  )
}
