import "./audit.css"
import { useSignal } from "@preact/signals"
import { href } from "../../app/places.ts"
import { navigate, place } from "../../app/router.ts"
import { mayAdminister } from "../../app/session.ts"
import { PageHead } from "../../components/PageHead.tsx"
import { Rollout } from "../../components/Rollout.tsx"
import { AuditLog } from "./AuditLog.tsx"
import { RevisionList } from "./RevisionList.tsx"
import { RevisionView } from "./RevisionView.tsx"

/** AI Engineering → Settings → Audit: who changed what, and what else was done. */
export const AuditPage = () => {
  const restoredAt = useSignal<number | undefined>(undefined)
  const { query } = place.value
  const revision = Number(query.get("revision") ?? Number.NaN)
  const isLog = query.get("view") === "log"
  return (
    <div class="page">
      <PageHead title="Audit" crumbs={["AI Engineering", "Settings", "Organisation"]}>
        {(mayAdminister.value || isLog) && (
          <nav class="row" aria-label="Audit">
            <a class="button" href={href("/audit")} aria-current={isLog ? undefined : "true"}>
              Revisions
            </a>
            <a class="button" href={href("/audit", { view: "log" })} aria-current={isLog ? "true" : undefined}>
              Log
            </a>
          </nav>
        )}
      </PageHead>
      {restoredAt.value !== undefined && restoredAt.value === revision && <Rollout revision={revision} />}
      {isLog ? (
        <AuditLog />
      ) : Number.isInteger(revision) ? (
        <RevisionView
          key={revision}
          revision={revision}
          onRestored={(made) => {
            restoredAt.value = made
            navigate("/audit", { revision: made })
          }}
        />
      ) : (
        <RevisionList />
      )}
    </div>
  )
}
