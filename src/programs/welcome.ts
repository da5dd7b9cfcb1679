import * as Console from "effect/Console"
import type * as Effect from "effect/Effect"

/** What a first start prints: the only time that the token is shown, and a request that works when pasted. */
export const welcome = ({
  url,
  token,
  file
}: {
  readonly url: string
  readonly token: string
  readonly file: string
}): Effect.Effect<void> =>
  Console.log(`
This is a first start: ${file} was written, with a demo model and this access token, shown only now:

  ${token}

Try it:

  curl -N ${url}/v1/chat/completions -H "Authorization: Bearer ${token}" -H "Content-Type: application/json" -d '{"model":"demo/echo","stream":true,"messages":[{"role":"user","content":"Hello, Spangate!"}]}'

Then open ${file}: a save is in force within a second.
`)
