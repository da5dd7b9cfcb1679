import { Choices } from "../../components/Choices.tsx"
import { SelectField } from "../../components/SelectField.tsx"
import { TextField } from "../../components/TextField.tsx"
import { Toggle } from "../../components/Toggle.tsx"
import { AttributePreview } from "./AttributePreview.tsx"
import { type DestinationForm, endpointFor } from "./destinationForm.ts"
import { HeadersField } from "./HeadersField.tsx"
import { presetOf } from "./presets.ts"
import { ResourceField } from "./ResourceField.tsx"

interface Props {
  readonly form: DestinationForm
  readonly onChange: (form: DestinationForm) => void
  readonly errors: Readonly<Record<string, string>>
  readonly isNew: boolean
  readonly disabled: boolean
  readonly metadataOnly: boolean
}

/** One destination's entry. */
export const DestinationFields = ({ form, onChange, errors, isNew, disabled, metadataOnly }: Props) => {
  const set = (changes: Partial<DestinationForm>) => onChange({ ...form, ...changes })
  const http = form.protocol === "http"
  const preset = presetOf(form)
  const chooseProtocol = (value: string) => {
    const protocol = value === "grpc" ? "grpc" : "http"
    set({ protocol, endpoint: endpointFor(protocol, form.endpoint) })
  }
  return (
    <>
      <Toggle
        label="Export traces to this destination"
        checked={form.enabled}
        onChange={(enabled) => set({ enabled })}
        disabled={disabled}
        hint={errors["enabled"] ?? "Switched off, nothing more is queued for it; traces stay in the internal store."}
      />
      <div class="form-grid">
        <TextField
          label="Name"
          value={form.name}
          onChange={(name) => set({ name })}
          error={errors["name"]}
          disabled={disabled || !isNew}
          hint={isNew ? "In metrics and in the ledger; it stays." : "Fixed: the queue and the ledger go by it."}
        />
        <Choices
          legend="Configuration"
          value={form.protocol}
          options={[
            { value: "http", label: "HTTP Configuration" },
            { value: "grpc", label: "gRPC Configuration" }
          ]}
          onChange={chooseProtocol}
          disabled={disabled}
        />
      </div>
      <TextField
        label="Traces Endpoint"
        type="url"
        mono
        value={form.endpoint}
        onChange={(endpoint) => set({ endpoint })}
        error={errors["endpoint"]}
        disabled={disabled}
        placeholder={http ? "https://host/v1/traces" : "https://host:4317"}
        hint={http ? "Used as it is, path included: nothing is appended." : "Scheme, host and port; gRPC has no path."}
      />
      <TextField
        label="Link to a trace there (optional)"
        type="url"
        mono
        value={form.traceUrl}
        onChange={(traceUrl) => set({ traceUrl })}
        error={errors["traceUrl"]}
        disabled={disabled}
        placeholder={preset?.traceUrl ?? "https://host/trace/{traceId}"}
        hint={preset?.traceHint ?? "Every trace here then links to its page there; {traceId} stands for its id."}
      />
      <div class="form-grid">
        {http && (
          <SelectField
            label="Encoding"
            value={form.encoding}
            options={[
              { value: "proto", label: "Proto" },
              { value: "json", label: "JSON" }
            ]}
            onChange={(value) => set({ encoding: value === "json" ? "json" : "proto" })}
            error={errors["encoding"]}
            disabled={disabled}
          />
        )}
        <SelectField
          label="Compression"
          value={form.compression}
          options={[
            { value: "gzip", label: "gzip" },
            { value: "none", label: "none" }
          ]}
          onChange={(value) => set({ compression: value === "none" ? "none" : "gzip" })}
          error={errors["compression"]}
          disabled={disabled}
        />
      </div>
      <HeadersField
        form={form}
        onChange={(headers) => set({ headers })}
        error={errors["headers"]}
        disabled={disabled}
      />
      <ResourceField
        rows={form.resource}
        onChange={(resource) => set({ resource })}
        namePlaceholder="deployment.environment.name"
        error={errors["resource"]}
        disabled={disabled}
        hint="Added to every span that goes there, over the common ones."
      />
      <Toggle
        label="Exclude Request Data"
        checked={form.excludeRequestData}
        onChange={(excludeRequestData) => set({ excludeRequestData })}
        disabled={disabled}
        hint="Prompts, answers, tool arguments and error bodies stay here; models, tokens, cost and times leave."
      />
      <AttributePreview exclude={form.excludeRequestData} metadataOnly={metadataOnly} />
      <details class="fold" open={errors["ca"] !== undefined || form.ca !== ""}>
        <summary>Private certificate authority</summary>
        <TextField
          label="Certificate (PEM)"
          mono
          rows={5}
          value={form.ca}
          onChange={(ca) => set({ ca })}
          error={errors["ca"]}
          disabled={disabled}
          placeholder="-----BEGIN CERTIFICATE-----"
          hint="For an endpoint whose certificate no public authority signed."
        />
      </details>
    </>
  )
}
