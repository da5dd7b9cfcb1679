import type { TraceSummary } from "../../../services/store/TraceSummary.ts"

const tones = { ok: "ok", error: "bad", cancelled: "warn" } as const

/** In words too: colour alone says nothing to some. */
export const ResultChip = ({ trace }: { readonly trace: Pick<TraceSummary, "result" | "status"> }) => (
  <span class={`chip ${tones[trace.result]}`}>
    {trace.result === "cancelled" ? "left" : trace.result}
    {trace.status !== undefined && ` ${trace.status}`}
  </span>
)
