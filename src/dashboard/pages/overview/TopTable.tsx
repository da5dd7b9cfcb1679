import type { GroupBy, TopRow } from "../../../services/store/TraceQuery.ts"
import { href } from "../../app/places.ts"
import { Name } from "../../components/Name.tsx"
import { formatCost, formatCount, formatDuration, formatShare, formatShort } from "../../format/numbers.ts"

interface Props {
  readonly rows: ReadonlyArray<TopRow>
  readonly groupBy: GroupBy
  readonly range: string
}

const titles: Readonly<Record<GroupBy, string>> = {
  model: "Model",
  provider: "Provider",
  subject: "Subject",
  result: "Result"
}

/** The groups with the most requests. */
export const TopTable = ({ rows, groupBy, range }: Props) => (
  <section class="card" aria-labelledby="top">
    <div class="card-head">
      <h2 id="top">By {groupBy}</h2>
    </div>
    {rows.length === 0 ? (
      <p class="padded-text muted">Nothing in this time.</p>
    ) : (
      <div class="scroll-x">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{titles[groupBy]}</th>
              {["Requests", "Errors", "p50", "p95", "First token p95", "Tokens", "Cost"].map((name) => (
                <th key={name} scope="col" class="end number">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.group}>
                <td class="top-name wrap">
                  {row.group === "" ? (
                    <span class="muted">(none)</span>
                  ) : (
                    <a href={href("/traces", { [groupBy]: row.group, range })}>
                      <Name>{row.group}</Name>
                    </a>
                  )}
                </td>
                <td class="end number">{formatCount(row.requests)}</td>
                <td class="end number">{formatShare(row.errors, row.requests)}</td>
                <td class="end number">{formatDuration(row.latency.p50)}</td>
                <td class="end number">{formatDuration(row.latency.p95)}</td>
                <td class="end number">{formatDuration(row.timeToFirstToken.p95)}</td>
                <td class="end number">{formatShort(row.inputTokens + row.outputTokens)}</td>
                <td class="end number">{formatCost(row.cost)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    )}
  </section>
)
