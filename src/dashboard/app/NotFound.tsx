import { href } from "./places.ts"

export const NotFound = () => (
  <div class="state">
    <h1>No such page</h1>
    <p>The link may be from another version.</p>
    <a class="button" href={href("/")}>
      Go to the overview
    </a>
  </div>
)
