import { Fold } from "../../components/Fold.tsx"
import { Name } from "../../components/Name.tsx"
import { TextField } from "../../components/TextField.tsx"
import { formatName } from "../../format/names.ts"
import { blankModel, type ModelRow, priceFields } from "./accountForm.ts"

interface Props {
  readonly account: string
  readonly placeholder: string
  readonly models: ReadonlyArray<ModelRow>
  readonly onChange: (models: ReadonlyArray<ModelRow>) => void
  readonly errors: Readonly<Record<string, string>>
  readonly disabled: boolean
}

/** An account's models, each with what it costs. */
export const ModelsField = ({ account, placeholder, models, onChange, errors, disabled }: Props) => (
  <fieldset class="fieldset">
    <legend class="legend">Models</legend>
    <ul class="stack">
      {models.map((model, index) => (
        <li key={index} class="sub-entry">
          <ModelFields
            called={`${account || "name"}/${model.name || placeholder}`}
            placeholder={placeholder}
            model={model}
            onChange={(changed) => onChange(models.map((other, at) => (at === index ? changed : other)))}
            onRemove={() => onChange(models.filter((_, at) => at !== index))}
            error={(place) => errors[`models[${index}].${place}`]}
            disabled={disabled}
          />
        </li>
      ))}
    </ul>
    {!disabled && (
      <button type="button" class="button add-entry" onClick={() => onChange([...models, blankModel])}>
        Add model
      </button>
    )}
  </fieldset>
)

interface ModelProps {
  readonly called: string
  readonly placeholder: string
  readonly model: ModelRow
  readonly onChange: (model: ModelRow) => void
  readonly onRemove: () => void
  readonly error: (place: string) => string | undefined
  readonly disabled: boolean
}

const ModelFields = ({ called, placeholder, model, onChange, onRemove, error, disabled }: ModelProps) => {
  const priced = priceFields.some(({ key }) => model.price[key] !== "")
  const wrong = ["id", ...priceFields.map(({ key }) => `price.${key}`)].some((place) => error(place) !== undefined)
  return (
    <>
      <div class="sub-entry-head">
        <TextField
          label="Model"
          mono
          value={model.name}
          onChange={(name) => onChange({ ...model, name })}
          error={error("name")}
          disabled={disabled}
          placeholder={placeholder}
          hint={
            <>
              Clients ask for{" "}
              <code>
                <Name>{called}</Name>
              </code>
            </>
          }
        />
        {!disabled && (
          <button
            type="button"
            class="button quiet icon"
            aria-label={`Remove ${formatName(model.name) || "this model"}`}
            onClick={onRemove}
          >
            ×
          </button>
        )}
      </div>
      <Fold summary="Prices and the provider's own name" open={wrong || priced || model.id !== ""}>
        <div class="price-grid">
          {priceFields.map(({ key, label }) => (
            <TextField
              key={key}
              label={`${label}, $`}
              type="number"
              value={model.price[key]}
              onChange={(value) => onChange({ ...model, price: { ...model.price, [key]: value } })}
              error={error(`price.${key}`)}
              disabled={disabled}
              placeholder={key.startsWith("cache") ? "as input" : "unknown"}
            />
          ))}
        </div>
        <p class="hint">US dollars for a million tokens. Without them traces have no cost.</p>
        <TextField
          label="The provider's own name"
          mono
          value={model.id}
          onChange={(id) => onChange({ ...model, id })}
          error={error("id")}
          disabled={disabled}
          placeholder={model.name || placeholder}
          hint="Where it differs from the name above; with Azure the deployment."
        />
      </Fold>
    </>
  )
}
