import type { FormProps } from "../../components/EntityEditor.tsx"
import { Fold } from "../../components/Fold.tsx"
import { PairsField } from "../../components/PairsField.tsx"
import { SecretInput } from "../../components/SecretField.tsx"
import { isKept } from "../../components/secretValue.ts"
import { TextField } from "../../components/TextField.tsx"
import { Toggle } from "../../components/Toggle.tsx"
import type { AccountForm, HeaderRow } from "./accountForm.ts"
import { needOf } from "./accountTypes.ts"
import { BaseUrlField } from "./BaseUrlField.tsx"

const places = ["provider", "headers", "timeoutMs", "timeToFirstTokenTimeoutMs", "ca"]

/** What few accounts need. */
export const AccountMore = (props: FormProps<AccountForm>) => {
  const { form, onChange, errors, disabled } = props
  const set = (changes: Partial<AccountForm>) => onChange({ ...form, ...changes })
  const optionalUrl = needOf(form.type, "baseUrl") === "optional"
  // A stored value belongs to its name: under another one it has to be typed again.
  const setHeaders = (rows: ReadonlyArray<HeaderRow>) => {
    const kept = new Set(form.headers.filter(({ value }) => isKept(value)).map(({ name }) => name))
    set({ headers: rows.map((row) => (isKept(row.value) && !kept.has(row.name) ? { ...row, value: "" } : row)) })
  }
  const wrong = [...places, ...(optionalUrl ? ["baseUrl"] : [])].some((place) => errors[place] !== undefined)
  return (
    <Fold summary="Address, headers, timeouts and more" open={wrong}>
      {optionalUrl && <BaseUrlField {...props} hint="Only for a proxy or another region." />}
      <PairsField
        legend="Headers"
        rows={form.headers}
        onChange={setHeaders}
        blank={{ name: "", value: "" }}
        addLabel="Add header"
        nameLabel="Header"
        namePlaceholder="OpenAI-Organization"
        disabled={disabled}
        error={errors["headers"]}
        hint="Sent with every call. Values are stored encrypted and cannot be read back."
        value={(row, change, label) => (
          <SecretInput
            value={row.value}
            onChange={(value) => change({ ...row, value })}
            disabled={disabled}
            placeholder="value"
            ties={{ "aria-label": label }}
          />
        )}
      />
      <div class="editor-grid">
        <TextField
          label="Timeout, ms"
          type="number"
          value={form.timeoutMs}
          onChange={(timeoutMs) => set({ timeoutMs })}
          error={errors["timeoutMs"]}
          disabled={disabled}
          placeholder="none"
          hint="Per attempt: to the last byte, of a stream to the first."
        />
        <TextField
          label="Time to first token, ms"
          type="number"
          value={form.timeToFirstTokenTimeoutMs}
          onChange={(timeToFirstTokenTimeoutMs) => set({ timeToFirstTokenTimeoutMs })}
          error={errors["timeToFirstTokenTimeoutMs"]}
          disabled={disabled}
          placeholder="none"
          hint="A stream that is later goes to the next target."
        />
        <TextField
          label="Provider in traces"
          mono
          value={form.provider}
          onChange={(provider) => set({ provider })}
          error={errors["provider"]}
          disabled={disabled}
          placeholder="by type and host"
          hint="gen_ai.provider.name"
        />
      </div>
      <Toggle
        label="Pass the caller's trace on"
        checked={form.propagateTraceparent}
        onChange={(propagateTraceparent) => set({ propagateTraceparent })}
        disabled={disabled}
        hint="Sends traceparent to the provider."
      />
      <TextField
        label="Private certificate authority (PEM)"
        mono
        rows={4}
        value={form.ca}
        onChange={(ca) => set({ ca })}
        error={errors["ca"]}
        disabled={disabled}
        placeholder="-----BEGIN CERTIFICATE-----"
      />
    </Fold>
  )
}
