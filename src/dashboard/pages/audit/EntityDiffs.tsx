import type { EntityDiff } from "../../api/types.ts"
import { DiffView } from "../../components/DiffView.tsx"
import { entityText, verbOf } from "./changeText.ts"

const tones = { create: "ok", update: "info", delete: "bad" } as const

/** What changes do, entity by entity and field by field. Secrets come masked. */
export const EntityDiffs = ({ diffs }: { readonly diffs: ReadonlyArray<EntityDiff> }) => (
  <ul class="stack">
    {diffs.map((diff) => (
      <li key={`${diff.kind} ${diff.name}`} class="card entity-diff">
        <div class="card-head">
          <h3 class="wrap">{entityText(diff)}</h3>
          <span class={`chip ${tones[diff.action]}`}>{verbOf(diff.action)}</span>
        </div>
        <DiffView before={diff.before ?? {}} after={diff.after ?? {}} />
      </li>
    ))}
  </ul>
)
