import type { EntityDiff } from "../../api/types.ts"
import { DiffView } from "../../components/DiffView.tsx"
import { isKept } from "../../components/secretValue.ts"
import { entityText, verbOf } from "./changeText.ts"
import { EntityValues } from "./EntityValues.tsx"

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
        {diff.action === "update" ? (
          <DiffView before={shown(diff.before)} after={shown(diff.after)} />
        ) : (
          <EntityValues body={shown(diff.after ?? diff.before)} />
        )}
      </li>
    ))}
  </ul>
)

/** Secrets as the forms show them. */
const shown = (value: unknown): unknown => {
  if (isKept(value)) return `•••• ${value.lastFour ?? ""}`.trim()
  if (Array.isArray(value)) return value.map(shown)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shown(inner)]))
}
