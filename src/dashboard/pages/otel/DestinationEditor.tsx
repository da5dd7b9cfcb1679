import { useSignal } from "@preact/signals"
import type { DestinationStatus } from "../../api/types.ts"
import { mayEdit } from "../../app/session.ts"
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx"
import { ConflictDialog } from "../../components/ConflictDialog.tsx"
import { noErrors } from "../../components/fieldErrors.ts"
import { lastDelivery } from "../../components/lastDelivery.ts"
import { Notice } from "../../components/Notice.tsx"
import { Problems } from "../../components/Problems.tsx"
import { formatName } from "../../format/names.ts"
import { formatCount } from "../../format/numbers.ts"
import { DestinationFields } from "./DestinationFields.tsx"
import { type DestinationForm, readDestination, writeDestination } from "./destinationForm.ts"
import type { Draft } from "./drafts.ts"
import { TestAnswerView } from "./TestAnswerView.tsx"
import { useDestination } from "./useDestination.ts"

interface Props {
  readonly draft: Draft
  readonly changed: boolean
  readonly status: DestinationStatus | undefined
  /** When that was given, by the control plane's clock. */
  readonly now: number
  /** What is captured holds no content. */
  readonly metadataOnly: boolean
  readonly onChange: (form: DestinationForm) => void
  readonly onDiscard: () => void
  /** Begin again from what somebody else saved. */
  readonly onTake: (form: DestinationForm, base: number) => void
  readonly onSaved: (name: string, revision: number) => void
  readonly onDeleted: () => void
  readonly onStale: () => void
}

export const DestinationEditor = (props: Props) => {
  const { draft, changed, status } = props
  const { errors, busy, answer, conflict, save, saveMine, test, remove } = useDestination(draft, props)
  const confirming = useSignal(false)
  const editable = mayEdit.value
  const lastError = status?.health.lastError

  return (
    <form
      class="card stack destination-form"
      aria-label={`Destination ${formatName(draft.form.name)}`}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      {!editable && <Notice>Your role may look, and not change. The role editor is needed to save.</Notice>}
      {status !== undefined && status.health.state !== "healthy" && (
        <Notice tone="bad">
          <strong>{status.health.state}</strong>
          {lastError !== undefined && (
            <span class="wrap">
              <code>{lastError.reason}</code> {lastError.message}
            </span>
          )}
          <span>{lastDelivery(status, props.now).text}.</span>
          {status.paused && <span>Paused: nothing is sent and nothing is lost until this entry is mended.</span>}
        </Notice>
      )}
      <DestinationFields
        form={draft.form}
        onChange={(form) => {
          // What was said of the entry before may hold no longer.
          errors.value = noErrors
          props.onChange(form)
        }}
        errors={errors.value.fields}
        isNew={draft.isNew}
        disabled={!editable}
        metadataOnly={props.metadataOnly}
      />
      <Problems texts={errors.value.others} />
      {answer.value !== undefined && <TestAnswerView answer={answer.value} />}
      {editable && (
        <div class="row form-actions">
          <button type="submit" class="button primary" disabled={busy.value !== "" || !(changed || draft.isNew)}>
            {busy.value === "saving" ? "Saving…" : "Save"}
          </button>
          <button type="button" class="button" disabled={busy.value !== ""} onClick={test}>
            {busy.value === "testing" ? "Sending…" : "Send test trace"}
          </button>
          {(changed || draft.isNew) && (
            <button type="button" class="button quiet" onClick={props.onDiscard}>
              Discard changes
            </button>
          )}
          <span class="spacer" />
          {!draft.isNew && (
            <button
              type="button"
              class="button danger"
              onClick={() => {
                confirming.value = true
              }}
            >
              Delete
            </button>
          )}
        </div>
      )}
      {confirming.value && (
        <ConfirmDialog
          title={`Delete ${formatName(draft.form.name)}?`}
          action="Delete destination"
          onCancel={() => {
            confirming.value = false
          }}
          onConfirm={() => {
            confirming.value = false
            remove()
          }}
        >
          <p>
            Export to it ends, and its queue goes
            {status?.ledger === undefined ? "" : `: ${formatCount(status.ledger.queued)} spans wait now`}. Traces stay
            in the internal store.
          </p>
        </ConfirmDialog>
      )}
      {conflict.value !== undefined && (
        <ConflictDialog
          theirs={conflict.value.theirs?.body}
          mine={writeDestination(draft.form)}
          onKeepMine={saveMine}
          onCancel={() => {
            conflict.value = undefined
          }}
          onTakeTheirs={() => {
            const taken = conflict.value
            conflict.value = undefined
            if (taken?.theirs === undefined) props.onDeleted()
            else props.onTake(readDestination(taken.theirs.body), taken.current)
          }}
        />
      )}
    </form>
  )
}
