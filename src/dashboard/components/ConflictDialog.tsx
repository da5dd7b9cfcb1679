import { Dialog } from "./Dialog.tsx"
import { DiffView } from "./DiffView.tsx"

interface Props {
  /** What is in force now; undefined when it was deleted. */
  readonly theirs: unknown
  readonly mine: unknown
  readonly onKeepMine: () => void
  readonly onTakeTheirs: () => void
  readonly onCancel: () => void
}

/** Somebody else saved first: shows both and lets the reader choose. */
export const ConflictDialog = ({ theirs, mine, onKeepMine, onTakeTheirs, onCancel }: Props) => (
  <Dialog
    title="Somebody else changed this meanwhile"
    onClose={onCancel}
    actions={
      <>
        <button type="button" class="button" onClick={onCancel}>
          Go on editing
        </button>
        <button type="button" class="button" onClick={onTakeTheirs}>
          Take theirs
        </button>
        <button type="button" class="button primary" onClick={onKeepMine}>
          Save mine
        </button>
      </>
    }
  >
    <p class="muted">Nothing of yours is saved yet. This is how the two differ:</p>
    <DiffView before={theirs} after={mine} beforeLabel="Theirs, in force" afterLabel="Yours" />
  </Dialog>
)
