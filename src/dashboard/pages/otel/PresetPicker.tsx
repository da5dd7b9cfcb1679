import "../../components/pickList.css"
import { type Preset, presets } from "./presets.ts"

interface Props {
  readonly onPick: (preset: Preset) => void
}

/** Where traces can go, to begin with. */
export const PresetPicker = ({ onPick }: Props) => (
  <ul class="pick-list">
    {presets.map((preset) => (
      <li key={preset.id}>
        <button type="button" class="pick" onClick={() => onPick(preset)}>
          <strong>{preset.label}</strong>
          <span class="muted small">{preset.about}</span>
        </button>
      </li>
    ))}
  </ul>
)
