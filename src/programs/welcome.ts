import * as Console from "effect/Console"
import type * as Effect from "effect/Effect"
import type { FirstTokens } from "../layers/yaml/firstRun.ts"

/** What a first start prints: the only time that the tokens are shown, a request that works when pasted, and where to see its trace. */
export const welcome = ({
  url,
  dashboard,
  tokens,
  file
}: {
  readonly url: string
  /** Absent where it does not serve yet. */
  readonly dashboard: string | undefined
  readonly tokens: FirstTokens
  readonly file: string
}): Effect.Effect<void> =>
  Console.log(`
This is a first start: ${file} was written, with a demo model and two tokens, shown only now:

  ${tokens.access}    lets applications in
  ${tokens.admin}   opens the dashboard

Try it:

  curl -N ${url}/v1/chat/completions -H "Authorization: Bearer ${tokens.access}" -H "Content-Type: application/json" -d '{"model":"demo/echo","stream":true,"messages":[{"role":"user","content":"Hello, Spangate!"}]}'
${
  dashboard === undefined
    ? ""
    : `
See its trace, and say where traces go (AI Engineering, Settings, OTEL Config):

  ${dashboard}/#login=${tokens.admin}
`
}
What you change there, or save in ${file}, is in force within a second.
`)
