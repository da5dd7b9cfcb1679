import { useId } from "preact/hooks"
import type { FormProps } from "../../components/EntityEditor.tsx"
import { TextField } from "../../components/TextField.tsx"
import { algorithms, type IssuerForm } from "./accessForms.ts"
import { ModelsAllowed } from "./ModelsAllowed.tsx"

/** Whose JWTs are let in, and what they may use. */
export const IssuerFields = (props: FormProps<IssuerForm> & { readonly routes: ReadonlyArray<string> }) => {
  const { form, onChange, errors, isNew, disabled, routes } = props
  const set = (changes: Partial<IssuerForm>) => onChange({ ...form, ...changes })
  const noteId = useId()
  return (
    <>
      <TextField
        label="Issuer"
        mono
        value={form.issuer}
        onChange={(issuer) => set({ issuer })}
        error={errors["issuer"]}
        disabled={disabled || !isNew}
        placeholder="https://idp.example.com"
        hint="The claim iss, exactly."
      />
      <div class="editor-grid">
        <TextField
          label="Audience"
          mono
          value={form.audience}
          onChange={(audience) => set({ audience })}
          error={errors["audience"]}
          disabled={disabled}
          placeholder="spangate"
          hint="The claim aud."
        />
        <TextField
          label="Keys (JWKS URL)"
          type="url"
          mono
          value={form.jwksUrl}
          onChange={(jwksUrl) => set({ jwksUrl })}
          error={errors["jwksUrl"]}
          disabled={disabled}
          placeholder="https://idp.example.com/jwks.json"
          hint="Fetched in the background, never while a request waits."
        />
        <TextField
          label="Subject claim"
          mono
          value={form.subjectClaim}
          onChange={(subjectClaim) => set({ subjectClaim })}
          error={errors["subjectClaim"]}
          disabled={disabled}
          placeholder="sub"
        />
        <TextField
          label="Teams claim"
          mono
          value={form.teamsClaim}
          onChange={(teamsClaim) => set({ teamsClaim })}
          error={errors["teamsClaim"]}
          disabled={disabled}
          placeholder="none"
        />
      </div>
      <fieldset class="fieldset" disabled={disabled} aria-describedby={noteId}>
        <legend class="legend">Algorithms</legend>
        <div class="row">
          {algorithms.map((algorithm) => (
            <label key={algorithm} class="check">
              <input
                type="checkbox"
                checked={form.algorithms.includes(algorithm)}
                aria-invalid={errors["algorithms"] !== undefined}
                onChange={(event) => {
                  const others = form.algorithms.filter((other) => other !== algorithm)
                  set({ algorithms: event.currentTarget.checked ? [...others, algorithm] : others })
                }}
              />
              {algorithm}
            </label>
          ))}
        </div>
        <div id={noteId} class="field-error">
          {errors["algorithms"]}
        </div>
      </fieldset>
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
