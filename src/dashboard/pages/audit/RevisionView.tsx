import { useSignal } from "@preact/signals"
import { useResource } from "../../api/useResource.ts"
import { href } from "../../app/places.ts"
import { mayEdit } from "../../app/session.ts"
import { Empty } from "../../components/Empty.tsx"
import { Loaded } from "../../components/Loaded.tsx"
import { Name } from "../../components/Name.tsx"
import { formatMessage } from "../../format/names.ts"
import { formatInstant } from "../../format/times.ts"
import { EntityDiffs } from "./EntityDiffs.tsx"
import { RestoreDialog } from "./RestoreDialog.tsx"
import { getRevision } from "./revisions.ts"

interface Props {
  readonly revision: number
  readonly onRestored: (revision: number) => void
}

/** What one revision did, and the way back to it. */
export const RevisionView = ({ revision, onRestored }: Props) => {
  const resource = useResource(`revision ${revision}`, (signal) => getRevision(revision, signal))
  const restoring = useSignal(false)
  return (
    <>
      <a class="back-link" href={href("/audit")}>
        ← All revisions
      </a>
      {resource.error?.status === 404 ? (
        <div class="card">
          <Empty title={`There is no revision ${revision}`} />
        </div>
      ) : (
        <Loaded resource={resource} lines={10}>
          {({ info, diffs }) => (
            <div class="stack">
              <div class="row">
                <div class="stack revision-head">
                  <h2>Revision {info.revision}</h2>
                  <p class="muted wrap">
                    <Name>{info.author}</Name>,{" "}
                    <time dateTime={new Date(info.at).toISOString()}>{formatInstant(info.at)}</time>
                    {info.note !== "" && `: ${formatMessage(info.note)}`}
                  </p>
                </div>
                <span class="spacer" />
                {mayEdit.value && (
                  <button
                    type="button"
                    class="button"
                    onClick={() => {
                      restoring.value = true
                    }}
                  >
                    Restore this revision
                  </button>
                )}
              </div>
              <EntityDiffs diffs={diffs} />
            </div>
          )}
        </Loaded>
      )}
      {restoring.value && (
        <RestoreDialog
          revision={revision}
          onRestored={onRestored}
          onClose={() => {
            restoring.value = false
          }}
        />
      )}
    </>
  )
}
