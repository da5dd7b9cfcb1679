import type { ComponentChildren } from "preact"
import { useId } from "preact/hooks"
import { TextField } from "../../components/TextField.tsx"
import { algorithms, type TrustForm } from "./trustForm.ts"

interface Props {
  readonly form: TrustForm
  readonly onChange: (changes: Partial<TrustForm>) => void
  readonly errors: Readonly<Record<string, string>>
  readonly isNew: boolean
  readonly disabled: boolean
  /** Beside the subject's claim: what else its tokens say. */
  readonly children: ComponentChildren
}

/** An identity provider: who it is, where its keys are, and how it signs. */
export const TrustFields = ({ form, onChange, errors, isNew, disabled, children }: Props) => {
  const noteId = useId()
  return (
    <>
      <TextField
        label="Issuer"
        mono
        value={form.issuer}
        onChange={(issuer) => onChange({ issuer })}
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
          onChange={(audience) => onChange({ audience })}
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
          onChange={(jwksUrl) => onChange({ jwksUrl })}
          error={errors["jwksUrl"]}
          disabled={disabled}
          placeholder="https://idp.example.com/jwks.json"
          hint="Fetched in the background, never while a request waits."
        />
        <TextField
          label="Subject claim"
          mono
          value={form.subjectClaim}
          onChange={(subjectClaim) => onChange({ subjectClaim })}
          error={errors["subjectClaim"]}
          disabled={disabled}
          placeholder="sub"
        />
        {children}
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
                  onChange({ algorithms: event.currentTarget.checked ? [...others, algorithm] : others })
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
    </>
  )
}
