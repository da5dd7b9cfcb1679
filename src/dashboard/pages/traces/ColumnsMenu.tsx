import { Popover } from "../../components/Popover.tsx"
import { columns } from "./columns.tsx"

interface Props {
  readonly shown: ReadonlyArray<string>
  readonly onChange: (shown: ReadonlyArray<string>) => void
}

export const ColumnsMenu = ({ shown, onChange }: Props) => (
  <Popover label="Columns">
    {columns.slice(1).map(({ id, label }) => (
      <label key={id} class="check">
        <input
          type="checkbox"
          checked={shown.includes(id)}
          onChange={(event) =>
            onChange(event.currentTarget.checked ? [...shown, id] : shown.filter((one) => one !== id))
          }
        />
        {label}
      </label>
    ))}
  </Popover>
)
