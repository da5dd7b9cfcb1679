import { Choices } from "../../components/Choices.tsx"
import type { FormProps } from "../../components/EntityEditor.tsx"
import { TextField } from "../../components/TextField.tsx"
import { TargetFields } from "./TargetFields.tsx"
import { blankTarget, type RoutingType, shares, type TargetRow, type VirtualForm } from "./virtualForm.ts"

export const routings: ReadonlyArray<{ readonly value: RoutingType; readonly label: string; readonly about: string }> =
  [
    { value: "weight", label: "Weight", about: "Each target gets its share of the requests." },
    { value: "priority", label: "Priority", about: "The first target gets all of them, the next ones when it fails." },
    { value: "latency", label: "Latency", about: "The target that has lately been the fastest gets most of them." }
  ]

interface Props extends FormProps<VirtualForm> {
  /** `account/model`, all there are. */
  readonly models: ReadonlyArray<string>
}

/** One name in front of several models. */
export const VirtualFields = ({ form, onChange, errors, isNew, disabled, models }: Props) => {
  const set = (changes: Partial<VirtualForm>) => onChange({ ...form, ...changes })
  const replace = (index: number, row: TargetRow) =>
    set({ targets: form.targets.map((other, at) => (at === index ? row : other)) })
  const share = shares(form)
  const unused = models.find((model) => !form.targets.some((target) => target.model === model))
  return (
    <>
      <TextField
        label="Name"
        mono
        value={form.name}
        onChange={(name) => set({ name })}
        error={errors["name"]}
        disabled={disabled || !isNew}
        placeholder="prod/chat"
        hint={isNew ? "What clients ask for, as group/name." : "Fixed: clients ask for it by this name."}
      />
      <div class="stack">
        <Choices
          legend="Routing by"
          value={form.type}
          options={routings}
          onChange={(value) => set({ type: routings.find((one) => one.value === value)?.value ?? "weight" })}
          disabled={disabled}
        />
        <p class="hint">{routings.find(({ value }) => value === form.type)?.about}</p>
      </div>
      <fieldset class="fieldset">
        <legend class="legend">Targets</legend>
        {errors["routing.targets"] !== undefined && (
          <p class="field-error" role="alert">
            {errors["routing.targets"]}
          </p>
        )}
        <ul class="stack">
          {form.targets.map((row, index) => (
            <li key={index} class="sub-entry">
              <TargetFields
                row={row}
                place={index + 1}
                isOnly={form.targets.length === 1}
                type={form.type}
                share={share[index]}
                models={models}
                onChange={(changed) => replace(index, changed)}
                onRemove={() => set({ targets: form.targets.filter((_, at) => at !== index) })}
                error={(place) => errors[`routing.targets[${index}].${place}`]}
                disabled={disabled}
              />
            </li>
          ))}
        </ul>
        {!disabled && (
          <button
            type="button"
            class="button add-entry"
            onClick={() => set({ targets: [...form.targets, blankTarget(unused ?? "")] })}
          >
            Add target
          </button>
        )}
      </fieldset>
    </>
  )
}
