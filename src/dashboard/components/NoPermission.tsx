import type { Role } from "../api/types.ts"
import { session } from "../app/session.ts"

export const NoPermission = ({ needed }: { readonly needed: Role }) => (
  <div class="state">
    <h2>This needs the role {needed}</h2>
    <p>
      You are logged in as {session.value?.actor ?? "nobody"} with the role {session.value?.role ?? "none"}. Ask an
      administrator for a token with more rights.
    </p>
  </div>
)
