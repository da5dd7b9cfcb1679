interface Props {
  readonly busy: boolean
  readonly changed: boolean
  readonly onDiscard: () => void
  /** Absent where there is nothing to delete yet. */
  readonly onDelete: (() => void) | undefined
}

/** What stands below a form, in sight however long it is. */
export const EditorActions = ({ busy, changed, onDiscard, onDelete }: Props) => (
  <div class="row editor-actions">
    <button type="submit" class="button primary" disabled={busy || !changed}>
      {busy ? "Saving…" : "Save"}
    </button>
    {changed && (
      <button type="button" class="button quiet" onClick={onDiscard}>
        Discard changes
      </button>
    )}
    <span class="spacer" />
    {onDelete !== undefined && (
      <button type="button" class="button danger" disabled={busy} onClick={onDelete}>
        Delete
      </button>
    )}
  </div>
)
