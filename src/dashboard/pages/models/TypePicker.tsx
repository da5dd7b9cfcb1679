import "../../components/pickList.css"
import { href } from "../../app/places.ts"
import { accountTypes } from "./accountTypes.ts"
import { MODELS_PATH } from "./catalog.ts"

/** Whose models a new account brings. */
export const TypePicker = () => (
  <ul class="pick-list">
    {accountTypes.map(({ type, label, about }) => (
      <li key={type}>
        <a class="pick" href={href(MODELS_PATH, { new: "account", type })}>
          <strong>{label}</strong>
          <span class="muted small">{about}</span>
        </a>
      </li>
    ))}
  </ul>
)
