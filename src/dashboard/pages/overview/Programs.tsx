import type { Status } from "../../api/types.ts"
import { hasRevision } from "../../components/hasRevision.ts"
import { formatBytes, formatCount } from "../../format/numbers.ts"
import { formatAgo } from "../../format/times.ts"
import { dropsOf } from "./losses.ts"

/** What runs, with which configuration, and how much is stored. */
export const Programs = ({ status, now }: { readonly status: Status; readonly now: number }) => (
  <section class="card" aria-labelledby="programs">
    <div class="card-head">
      <h2 id="programs">Programs</h2>
      <span class="muted small">
        configuration {status.revision}
        {status.traceStore !== undefined &&
          ` · ${formatCount(status.traceStore.traces)} traces stored, ${formatBytes(status.traceStore.bytes)}`}
        {dropsOf(status.traceIngest ?? {}).map(
          ({ reason, spans }) => ` · ${formatCount(spans)} spans not stored: ${reason}`
        )}
      </span>
    </div>
    {status.members.length === 0 ? (
      <p class="padded-text muted">No gateway or exporter has been heard of lately.</p>
    ) : (
      <ul class="health">
        {status.members.map((member) => (
          <li key={member.instance} class="row program">
            <span class="strong">{member.role}</span>
            <span class="muted cut">{member.host}</span>
            <span class="spacer" />
            <span class="small muted number">
              {member.version} · heard {formatAgo(member.seenAt, now)}
            </span>
            <span class={hasRevision(status.revision)(member) ? "chip ok" : "chip warn"}>
              revision {member.revision.slice(0, 12)}
            </span>
          </li>
        ))}
      </ul>
    )}
  </section>
)
