import { PairsField } from "../../components/PairsField.tsx"
import { SecretInput } from "../../components/SecretField.tsx"
import { isKept } from "../../components/secretValue.ts"
import { type DestinationForm, type HeaderRow, headerAdvice } from "./destinationForm.ts"
import { presetOf } from "./presets.ts"

interface Props {
  readonly form: DestinationForm
  readonly onChange: (headers: ReadonlyArray<HeaderRow>) => void
  readonly error: string | undefined
  readonly disabled: boolean
}

/** Headers, or with gRPC metadata. Their values are secrets. */
export const HeadersField = ({ form, onChange, error, disabled }: Props) => {
  const advice = form.headers.map((header) => headerAdvice(form.endpoint, header)).find((text) => text !== undefined)
  // A stored value belongs to its name: under another one it has to be typed again.
  const change = (rows: ReadonlyArray<HeaderRow>) => {
    const kept = new Set(form.headers.filter(({ value }) => isKept(value)).map(({ name }) => name))
    onChange(rows.map((row) => (isKept(row.value) && !kept.has(row.name) ? { ...row, value: "" } : row)))
  }
  return (
    <PairsField
      legend={form.protocol === "grpc" ? "Metadata" : "Headers"}
      rows={form.headers}
      onChange={change}
      blank={{ name: "", value: "" }}
      addLabel={form.protocol === "grpc" ? "Add metadata" : "Add header"}
      nameLabel="Header"
      namePlaceholder="Authorization"
      disabled={disabled}
      error={error ?? advice}
      hint={presetOf(form)?.keyHint ?? "Values are stored encrypted and cannot be read back."}
      value={(row, set, label) => (
        <SecretInput
          value={row.value}
          onChange={(value) => set({ ...row, value })}
          disabled={disabled}
          placeholder={row.name.toLowerCase() === "authorization" ? "the key" : "value"}
          ties={{ "aria-label": label }}
        />
      )}
    />
  )
}
