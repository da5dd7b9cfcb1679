import { useSignal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import { asProblem } from "../../api/ApiProblem.ts"
import { getConfig } from "../../api/api.ts"
import type { ChangeResult } from "../../api/types.ts"
import { Dialog } from "../../components/Dialog.tsx"
import { Loading } from "../../components/Loading.tsx"
import { Notice } from "../../components/Notice.tsx"
import { formatMessage } from "../../format/names.ts"
import { EntityDiffs } from "./EntityDiffs.tsx"
import { restoreRevision } from "./revisions.ts"

interface Props {
  readonly revision: number
  readonly onRestored: (revision: number) => void
  readonly onClose: () => void
}

/** What going back would change, before it is done. */
export const RestoreDialog = ({ revision, onRestored, onClose }: Props) => {
  const preview = useSignal<ChangeResult | undefined>(undefined)
  const failure = useSignal<string | undefined>(undefined)
  const overtaken = useSignal(false)
  const busy = useSignal(false)

  const attempt = async (run: () => Promise<void>) => {
    busy.value = true
    failure.value = undefined
    try {
      await run()
    } catch (cause) {
      const problem = asProblem(cause)
      failure.value = formatMessage(
        problem.errors.map(({ path, reason }) => `${path} ${reason}`).join("\n") || problem.message
      )
      if (problem.current !== undefined) {
        // Somebody else saved since the preview: it no longer says what restoring would do.
        failure.value = undefined
        overtaken.value = true
        await look(problem.current)
      }
    }
    busy.value = false
  }
  const look = async (base: number) => {
    preview.value = await restoreRevision(revision, base, true)
  }
  const restore = (base: number) =>
    attempt(async () => onRestored((await restoreRevision(revision, base, false)).revision))

  useEffect(() => {
    attempt(async () => look((await getConfig()).revision))
  }, [])

  const shown = preview.value
  const changes = shown?.diffs.length ?? 0
  return (
    <Dialog
      title={`Restore revision ${revision}?`}
      onClose={onClose}
      actions={
        <>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          {shown !== undefined && changes > 0 && (
            <button type="button" class="button primary" disabled={busy.value} onClick={() => restore(shown.revision)}>
              {busy.value ? "Restoring…" : `Restore revision ${revision}`}
            </button>
          )}
        </>
      }
    >
      {overtaken.value && (
        <Notice tone="warn">Somebody else saved meanwhile: this is what restoring changes now.</Notice>
      )}
      {failure.value !== undefined && (
        <Notice tone="bad">
          <span class="wrap">{failure.value}</span>
        </Notice>
      )}
      {shown === undefined ? (
        failure.value === undefined && <Loading lines={4} />
      ) : changes === 0 ? (
        <p>Nothing would change: what it says is in force.</p>
      ) : (
        <>
          <p class="muted">A new revision says again what this one said. It changes:</p>
          <section
            class="restore-diffs"
            aria-label="Changes"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
            tabIndex={0}
          >
            <EntityDiffs diffs={shown.diffs} />
          </section>
        </>
      )}
    </Dialog>
  )
}
