import type { FormProps } from "../../components/EntityEditor.tsx"
import { TextField } from "../../components/TextField.tsx"
import type { IssuerForm } from "./accessForms.ts"
import { ModelsAllowed } from "./ModelsAllowed.tsx"
import { TrustFields } from "./TrustFields.tsx"

/** Whose JWTs are let in, and what they may use. */
export const IssuerFields = (props: FormProps<IssuerForm> & { readonly routes: ReadonlyArray<string> }) => {
  const { form, onChange, errors, isNew, disabled, routes } = props
  const set = (changes: Partial<IssuerForm>) => onChange({ ...form, ...changes })
  return (
    <>
      <TrustFields form={form} onChange={set} errors={errors} isNew={isNew} disabled={disabled}>
        <TextField
          label="Teams claim"
          mono
          value={form.teamsClaim}
          onChange={(teamsClaim) => set({ teamsClaim })}
          error={errors["teamsClaim"]}
          disabled={disabled}
          placeholder="none"
        />
      </TrustFields>
      <ModelsAllowed
        models={form.models}
        onChange={(models) => set({ models })}
        routes={routes}
        error={errors["models"]}
        disabled={disabled}
        empty="What each of its tokens may use. What their teams and subjects may use comes on top."
      />
    </>
  )
}
