import "./editor.css"
import { useSignal } from "@preact/signals"
import type { ComponentChildren } from "preact"
import type { ShownEntity } from "../api/types.ts"
import { mayEdit } from "../app/session.ts"
import { formatName } from "../format/names.ts"
import { ConfirmDialog } from "./ConfirmDialog.tsx"
import { ConflictDialog } from "./ConflictDialog.tsx"
import { EditorActions } from "./EditorActions.tsx"
import type { EntityDraft, EntitySpec } from "./entitySpec.ts"
import { keptAs } from "./keptAs.ts"
import { Name } from "./Name.tsx"
import { Notice } from "./Notice.tsx"
import { Problems } from "./Problems.tsx"
import { type EntityEvents, useEntity } from "./useEntity.ts"

/** What a form's inputs need. */
export interface FormProps<F> {
  readonly form: F
  readonly onChange: (form: F) => void
  /** By place in the body. */
  readonly errors: Readonly<Record<string, string>>
  readonly isNew: boolean
  readonly disabled: boolean
}

interface Props<F> extends EntityEvents {
  readonly spec: EntitySpec<F>
  readonly stored: ShownEntity | undefined
  /** What a new one begins with. */
  readonly blank: F
  /** What its draft is kept by. */
  readonly draftKey: string
  /** Of the configuration that `stored` is from. */
  readonly revision: number
  readonly taken: ReadonlyArray<string>
  /** Of one that is always there, stored or at its defaults, and so is never new nor deleted. */
  readonly standing?: string
  /** Before deleting: what it does to others. */
  readonly deleting?: ComponentChildren
  readonly onClose: () => void
  /** Fetch the configuration again. */
  readonly reload: () => void
  readonly children: (props: FormProps<F>) => ComponentChildren
}

/** The form of one entity: what is typed stays until it is saved or discarded, whatever happens meanwhile. */
export const EntityEditor = <F,>(props: Props<F>) => {
  const { spec, stored, revision, draftKey: key, onClose, reload } = props
  const original = stored === undefined ? props.blank : spec.read(stored.body)
  const kept = spec.drafts.value[key]
  const draft = kept ?? { form: original, base: revision }
  const confirming = useSignal(false)

  const keep = (next: EntityDraft<F> | undefined) => {
    const { [key]: _before, ...rest } = spec.drafts.value
    spec.drafts.value = next === undefined ? rest : { ...rest, [key]: next }
  }
  const { errors, busy, conflict, save, saveMine, remove } = useEntity({
    spec,
    draft,
    stored: stored?.name,
    taken: props.taken,
    onSaved: (name, saved) => {
      keep(undefined)
      props.onSaved(name, saved)
    },
    onDeleted: (name, deleted) => {
      keep(undefined)
      props.onDeleted(name, deleted)
    }
  })
  const written = JSON.stringify(spec.write(draft.form))
  const isNew = stored === undefined && props.standing === undefined
  const changed = isNew || written !== JSON.stringify(spec.write(original))
  const editable = mayEdit.value
  const title = props.standing ?? stored?.name ?? `New ${spec.noun}`

  return (
    <form
      class="card editor"
      aria-label={isNew ? title : `${spec.noun} ${formatName(title)}`}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <h2 class="wrap">
        <Name>{title}</Name>
      </h2>
      {!editable && <Notice>Your role may look, and not change. The role editor is needed to save.</Notice>}
      {props.children({
        form: draft.form,
        onChange: (form) => keep({ form, base: draft.base }),
        errors: errors.value.fields,
        isNew,
        disabled: !editable
      })}
      <Problems texts={errors.value.others} />
      {editable && (
        <EditorActions
          busy={busy.value}
          changed={changed}
          onDiscard={() => {
            keep(undefined)
            errors.value = { fields: {}, others: [] }
            if (isNew) onClose()
          }}
          onDelete={
            stored === undefined || props.standing !== undefined
              ? undefined
              : () => {
                  confirming.value = true
                }
          }
        />
      )}
      {confirming.value && (
        <ConfirmDialog
          title={`Delete ${formatName(title)}?`}
          action={`Delete ${spec.noun}`}
          onCancel={() => {
            confirming.value = false
          }}
          onConfirm={() => {
            confirming.value = false
            remove()
          }}
        >
          {props.deleting}
        </ConfirmDialog>
      )}
      {conflict.value !== undefined && (
        <ConflictDialog
          theirs={conflict.value.theirs?.body}
          mine={keptAs(spec.write(draft.form), conflict.value.theirs?.body)}
          onKeepMine={saveMine}
          onCancel={() => {
            conflict.value = undefined
          }}
          onTakeTheirs={() => {
            conflict.value = undefined
            keep(undefined)
            reload()
            if (isNew) onClose()
          }}
        />
      )}
    </form>
  )
}
