import { SETTINGS_NAME } from "../../../services/config/entities.ts"
import type { ShownConfig } from "../../api/types.ts"
import { Choices } from "../../components/Choices.tsx"
import { EntityEditor } from "../../components/EntityEditor.tsx"
import { commonSpec, readCommon } from "./commonForm.ts"
import { ResourceField } from "./ResourceField.tsx"

export const COMMON_TITLE = "For all destinations"

interface Props {
  readonly config: ShownConfig
  readonly reload: () => void
  readonly onSaved: (revision: number) => void
}

const meanings = {
  full: "Prompts and answers are captured: this dashboard shows them, and they leave for every destination that does not exclude them.",
  metadata:
    "Prompts and answers never leave the gateway's process: not to a destination, and not to this dashboard's own store. Models, tokens, cost, times and errors are still there. It counts from the next request on."
}

/** What every trace says and holds, wherever it goes. */
export const CommonEditor = ({ config, reload, onSaved }: Props) => (
  <EntityEditor
    spec={commonSpec}
    standing={COMMON_TITLE}
    stored={config.entities.find(({ kind }) => kind === "settings")}
    blank={readCommon({})}
    draftKey={SETTINGS_NAME}
    revision={config.revision}
    taken={[]}
    reload={reload}
    onClose={reload}
    onSaved={(_name, revision) => onSaved(revision)}
    onDeleted={(_name, revision) => onSaved(revision)}
  >
    {({ form, onChange, errors, disabled }) => (
      <>
        <ResourceField
          rows={form.resource}
          onChange={(resource) => onChange({ ...form, resource })}
          namePlaceholder="service.name"
          error={errors["resource"]}
          disabled={disabled}
          hint="On every span, at every destination; a destination's own come over them. service.name is spangate unless set."
        />
        <div class="stack">
          <Choices
            legend="Capture"
            value={form.capture}
            options={[
              { value: "full", label: "Everything" },
              { value: "metadata", label: "Metadata only" }
            ]}
            onChange={(value) => onChange({ ...form, capture: value === "metadata" ? "metadata" : "full" })}
            disabled={disabled}
          />
          <p class={errors["capture"] === undefined ? "hint" : "field-error"}>
            {errors["capture"] ?? meanings[form.capture]}
          </p>
        </div>
      </>
    )}
  </EntityEditor>
)
