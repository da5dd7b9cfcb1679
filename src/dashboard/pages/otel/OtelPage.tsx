import "./otel.css"
import { useSignal } from "@preact/signals"
import { getConfig, getDatedStatus } from "../../api/api.ts"
import type { ShownConfig } from "../../api/types.ts"
import { useResource } from "../../api/useResource.ts"
import { place, replaceQuery } from "../../app/router.ts"
import { mayEdit } from "../../app/session.ts"
import { toast } from "../../app/toasts.ts"
import { Dialog } from "../../components/Dialog.tsx"
import { Empty } from "../../components/Empty.tsx"
import { Loaded } from "../../components/Loaded.tsx"
import { PageHead } from "../../components/PageHead.tsx"
import { Rollout } from "../../components/Rollout.tsx"
import { formatName } from "../../format/names.ts"
import { CommonEditor } from "./CommonEditor.tsx"
import { readCommon } from "./commonForm.ts"
import { DestinationEditor } from "./DestinationEditor.tsx"
import { DestinationList } from "./DestinationList.tsx"
import { readDestination } from "./destinationForm.ts"
import { differs, drafts, dropDraft, setDraft } from "./drafts.ts"
import { PresetPicker } from "./PresetPicker.tsx"
import { fromPreset, type Preset } from "./presets.ts"
import { draftOf } from "./useDestination.ts"

/** AI Engineering → Settings → OTEL Config. */
export const OtelPage = () => {
  const config = useResource("config", getConfig)
  const picking = useSignal(false)
  return (
    <div class="page">
      <PageHead title="OTEL Config" crumbs={["AI Engineering", "Settings", "Organisation"]}>
        {mayEdit.value && (
          <button
            type="button"
            class="button"
            onClick={() => {
              picking.value = true
            }}
          >
            Add destination
          </button>
        )}
      </PageHead>
      <Loaded resource={config} lines={12}>
        {(data) => (
          <Destinations
            config={data}
            reload={config.reload}
            picking={picking.value}
            onPicked={() => {
              picking.value = false
            }}
          />
        )}
      </Loaded>
    </div>
  )
}

interface Props {
  readonly config: ShownConfig
  readonly reload: () => void
  readonly picking: boolean
  readonly onPicked: () => void
}

const NEW = "new:"

const Destinations = ({ config, reload, picking, onPicked }: Props) => {
  const status = useResource("status", getDatedStatus, 3000)
  const settings = readCommon(config.entities.find(({ kind }) => kind === "settings")?.body)
  const savedAt = useSignal<number | undefined>(undefined)
  const stored = config.entities
    .filter(({ kind }) => kind === "destination")
    .map(({ name, body }) => ({ name, draft: draftOf(readDestination(body), config.revision) }))
  const unsaved = Object.keys(drafts.value).filter((key) => key.startsWith(NEW))
  const keys = [...stored.map(({ name }) => name), ...unsaved]
  const wanted = place.value.query.get("destination")
  const selected = wanted !== null && keys.includes(wanted) ? wanted : keys[0]
  const original = stored.find(({ name }) => name === selected)?.draft
  const draft = selected === undefined ? undefined : (drafts.value[selected] ?? original)
  const statusOf = (name: string) => status.data?.data.destinations.find((destination) => destination.name === name)
  const select = (key: string | undefined) => replaceQuery({ destination: key })
  const common = place.value.query.get("section") === "common"
  const showCommon = () => replaceQuery({ section: "common" })

  const pick = (preset: Preset) => {
    const form = fromPreset(preset, [...keys.map((key) => key.replace(NEW, ""))])
    const key = NEW + form.name
    setDraft(key, { form, isNew: true, base: config.revision })
    select(key)
    onPicked()
  }

  const leave = (key: string, next: string | undefined) => {
    dropDraft(key)
    select(next)
    reload()
  }

  return (
    <>
      {savedAt.value !== undefined && <Rollout revision={savedAt.value} />}
      {picking && keys.length > 0 && (
        <Dialog title="Where should traces go?" onClose={onPicked}>
          <PresetPicker onPick={pick} />
        </Dialog>
      )}
      {keys.length === 0 && !common ? (
        <div class="card">
          <Empty title="Traces are kept here, and go nowhere else yet">
            {mayEdit.value ? (
              <>
                <p>Choose where they should go as well. Endpoint and headers can be changed afterwards.</p>
                <PresetPicker onPick={pick} />
              </>
            ) : (
              <p>Someone with the role editor can add a destination.</p>
            )}
            <button type="button" class="button quiet" onClick={showCommon}>
              Settings for all destinations
            </button>
          </Empty>
        </div>
      ) : (
        <div class="otel-columns">
          <DestinationList
            selected={common ? undefined : selected}
            onSelect={select}
            common={common}
            onCommon={showCommon}
            destinations={keys.map((key) => {
              const entry = drafts.value[key] ?? stored.find(({ name }) => name === key)?.draft
              const before = stored.find(({ name }) => name === key)?.draft
              return {
                key,
                name: entry?.form.name ?? key,
                enabled: entry?.form.enabled ?? true,
                unsaved: entry !== undefined && (before === undefined || differs(entry.form, before.form)),
                status: statusOf(key)
              }
            })}
          />
          {common ? (
            <CommonEditor
              config={config}
              reload={reload}
              onSaved={(revision) => {
                savedAt.value = revision
                reload()
              }}
            />
          ) : (
            draft !== undefined &&
            selected !== undefined && (
              <DestinationEditor
                key={selected}
                draft={draft}
                changed={original === undefined || differs(draft.form, original.form)}
                status={statusOf(selected)}
                now={status.data?.now ?? 0}
                metadataOnly={settings.capture === "metadata"}
                onChange={(form) => setDraft(selected, { ...draft, form })}
                onDiscard={() => leave(selected, original === undefined ? undefined : selected)}
                onTake={(form, base) => {
                  setDraft(selected, draftOf(form, base))
                  reload()
                }}
                onSaved={(name, revision) => {
                  savedAt.value = revision
                  leave(selected, name)
                }}
                onStale={reload}
                onDeleted={() => {
                  toast("ok", `${formatName(draft.form.name)} is deleted.`)
                  leave(selected, undefined)
                }}
              />
            )
          )}
        </div>
      )}
    </>
  )
}
