import "../../components/rowTable.css"
import { Name } from "../../components/Name.tsx"
import { formatInstant } from "../../format/times.ts"
import { PagedFrame } from "./PagedFrame.tsx"
import { getAudit, PAGE } from "./revisions.ts"
import { usePages } from "./usePages.ts"

const bad = new Set(["login_refused", "forbidden"])

/** Logins, refusals, tests and tokens: what was done that is no revision. For admins. */
export const AuditLog = () => {
  const paged = usePages(
    PAGE,
    (before) => getAudit(before),
    ({ id }) => id
  )
  return (
    <section class="card" aria-label="Audit log">
      <PagedFrame paged={paged} empty="Nothing happened yet">
        <table class="table row-table">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Who</th>
              <th scope="col">What</th>
              <th scope="col">On</th>
              <th scope="col">Detail</th>
            </tr>
          </thead>
          <tbody>
            {paged.items?.map(({ id, at, actor, action, target, detail }) => (
              <tr key={id}>
                <td class="number" data-label="When">
                  {formatInstant(at)}
                </td>
                <td class="wrap" data-label="Who">
                  <Name>{actor}</Name>
                </td>
                <td data-label="What">
                  <span class={bad.has(action) ? "chip bad" : "chip"}>{action.replaceAll("_", " ")}</span>
                </td>
                <td class="wrap" data-label="On">
                  <Name>{target}</Name>
                </td>
                <td class="wrap" data-label="Detail">
                  <Name>{detail}</Name>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </PagedFrame>
    </section>
  )
}
