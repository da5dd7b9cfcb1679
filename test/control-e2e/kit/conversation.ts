import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import OpenAI from "openai"
import { secrets } from "./document.ts"

/** Stands in prompts, so also in traces: a search that finds this one would have found a secret. */
export const PROMPT = "canary-of-the-prompt"

/** One call by OpenAI's own client; gives the trace's id. */
export const converse = (url: string, model: string): Effect.Effect<string> =>
  Effect.promise(async () => {
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: secrets.access, maxRetries: 0 })
    const { data, response } = await client.chat.completions
      .create({ model, messages: [{ role: "user", content: PROMPT }] })
      .withResponse()
    assert.include(data.choices[0]?.message.content ?? "", PROMPT)
    return response.headers.get("x-trace-id") ?? ""
  })
