import { differences } from "../../components/diff.ts"
import { Name } from "../../components/Name.tsx"

/** All that an entity says that came or went as a whole. */
export const EntityValues = ({ body }: { readonly body: unknown }) => (
  <table class="table">
    <thead>
      <tr>
        <th scope="col">Field</th>
        <th scope="col">Value</th>
      </tr>
    </thead>
    <tbody>
      {differences({}, body).map(({ path, after }) => (
        <tr key={path}>
          <td class="mono wrap">
            <Name>{path}</Name>
          </td>
          <td class="mono wrap">
            <Name>{after ?? ""}</Name>
          </td>
        </tr>
      ))}
    </tbody>
  </table>
)
