import { Fold } from "../../components/Fold.tsx"
import { SelectField } from "../../components/SelectField.tsx"
import { TextField } from "../../components/TextField.tsx"
import { formatName } from "../../format/names.ts"
import { type RoutingType, type TargetRow, targetDefaults } from "./virtualForm.ts"

interface Props {
  readonly row: TargetRow
  /** In the list, from 1. */
  readonly place: number
  readonly type: RoutingType
  /** There is no other target. */
  readonly isOnly: boolean
  /** In percent. */
  readonly share: number | undefined
  readonly models: ReadonlyArray<string>
  readonly onChange: (row: TargetRow) => void
  readonly onRemove: () => void
  readonly error: (place: string) => string | undefined
  readonly disabled: boolean
}

const retryPlaces = ["retry.attempts", "retry.delayMs", "retry.onStatusCodes", "fallbackStatusCodes"]

/** One model behind a virtual one. */
export const TargetFields = ({
  row,
  place,
  isOnly,
  type,
  share,
  models,
  onChange,
  onRemove,
  error,
  disabled
}: Props) => {
  const set = (changes: Partial<TargetRow>) => onChange({ ...row, ...changes })
  // One that is gone is still shown, so that saving does not change it in silence.
  const known = row.model === "" || models.includes(row.model) ? models : [...models, row.model]
  const own = [row.attempts, row.delayMs, row.onStatusCodes, row.fallbackStatusCodes].some((value) => value !== "")
  return (
    <>
      <div class="sub-entry-head">
        <div class="target-grid">
          <SelectField
            label={`Target ${place}`}
            value={row.model}
            options={[
              ...(row.model === "" ? [{ value: "", label: "Choose a model" }] : []),
              ...known.map((model) => ({ value: model, label: formatName(model) }))
            ]}
            onChange={(model) => set({ model })}
            error={error("model")}
            disabled={disabled}
          />
          {type === "weight" && (
            <TextField
              label="Weight"
              type="number"
              value={row.weight}
              onChange={(weight) => set({ weight })}
              error={error("weight")}
              disabled={disabled}
              placeholder={targetDefaults.weight}
              hint={share === undefined ? undefined : `${share} % of the requests`}
            />
          )}
          {type === "priority" && (
            <TextField
              label="Priority"
              type="number"
              value={row.priority}
              onChange={(priority) => set({ priority })}
              error={error("priority")}
              disabled={disabled}
              placeholder={`${place - 1}, by its place`}
              hint="Lower is tried first"
            />
          )}
        </div>
        {!disabled && (
          <button
            type="button"
            class="button quiet icon"
            aria-label={`Remove target ${formatName(row.model) || place}`}
            onClick={onRemove}
          >
            ×
          </button>
        )}
      </div>
      <Fold
        summary={retrySummary(row, isOnly)}
        open={own || retryPlaces.some((retryPlace) => error(retryPlace) !== undefined)}
      >
        <div class="editor-grid">
          <TextField
            label="Retries"
            type="number"
            value={row.attempts}
            onChange={(attempts) => set({ attempts })}
            error={error("retry.attempts")}
            disabled={disabled}
            placeholder={targetDefaults.attempts}
            hint="Further sends to this target, 0 to 10."
          />
          <TextField
            label="Delay, ms"
            type="number"
            value={row.delayMs}
            onChange={(delayMs) => set({ delayMs })}
            error={error("retry.delayMs")}
            disabled={disabled}
            placeholder={targetDefaults.delayMs}
            hint="Before each."
          />
        </div>
        <TextField
          label="Retry on status"
          mono
          value={row.onStatusCodes}
          onChange={(onStatusCodes) => set({ onStatusCodes })}
          error={error("retry.onStatusCodes")}
          disabled={disabled}
          placeholder={targetDefaults.onStatusCodes}
        />
        <TextField
          label="Go on to the next target on status"
          mono
          value={row.fallbackStatusCodes}
          onChange={(fallbackStatusCodes) => set({ fallbackStatusCodes })}
          error={error("fallbackStatusCodes")}
          disabled={disabled}
          placeholder={targetDefaults.fallbackStatusCodes}
          hint={
            <>
              Separated by commas, <code>none</code> for none. Empty means what is shown.
            </>
          }
        />
      </Fold>
    </>
  )
}

/** `2 retries, then the next target`, where there is one. */
export const retrySummary = ({ attempts, fallbackStatusCodes }: TargetRow, isOnly: boolean): string => {
  const retries = attempts.trim() === "" ? targetDefaults.attempts : attempts.trim()
  const times = retries === "0" ? "No retry" : retries === "1" ? "1 retry" : `${retries} retries`
  if (isOnly) return times
  return fallbackStatusCodes.trim() === "none" ? `${times}, no fallback` : `${times}, then the next target`
}
