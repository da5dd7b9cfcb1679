import { Name } from "./Name.tsx"

/** Instead of the form of what a link names and is not there. */
export const Gone = ({ name }: { readonly name: string }) => (
  <div class="card state">
    <h2 class="wrap">
      There is no <Name>{name}</Name> any more
    </h2>
    <p>It was deleted, or the link is from another installation.</p>
  </div>
)
