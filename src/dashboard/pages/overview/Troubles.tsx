import type { Status } from "../../api/types.ts"
import { href } from "../../app/places.ts"
import { Name } from "../../components/Name.tsx"
import { type Trouble, troubles } from "./troubles.ts"

/** At the top, where it cannot be missed. */
export const Troubles = ({ status, now }: { readonly status: Status; readonly now: number }) => {
  const all = troubles(status, now)
  if (all.length === 0) return null
  return (
    <section class="notice bad" aria-label="Trouble">
      <ul class="notice-list">
        {all.map((trouble) => (
          <li key={trouble.text} class="wrap">
            <One {...trouble} />
          </li>
        ))}
      </ul>
    </section>
  )
}

const One = ({ text, destinations }: Trouble) => {
  const [only, ...others] = destinations.map((name) => (
    <a key={name} href={href("/settings/otel", { destination: name })}>
      <Name>{name}</Name>
    </a>
  ))
  if (only === undefined) return text
  if (others.length === 0) {
    return (
      <>
        {only}: {text}.
      </>
    )
  }
  return (
    <>
      {text}: {only}
      {others.map((link) => (
        <>, {link}</>
      ))}
      .
    </>
  )
}
