import * as Effect from "effect/Effect"
import { request } from "undici"
import type { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { dialogues } from "./dialogues.ts"
import { ACCESS_TOKEN } from "./settings.ts"

const send = (url: string, body: unknown): Effect.Effect<string> =>
  Effect.promise(async () => {
    const answer = await request(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${ACCESS_TOKEN}`,
        "content-type": "application/json",
        "user-agent": "helpdesk/2.4",
        "x-tfy-metadata": '{"env":"prod","feature":"incidents"}',
        "x-tfy-conversation-id": "incident-4711"
      },
      body: JSON.stringify(body)
    })
    await answer.body.dump({ limit: Number.MAX_SAFE_INTEGER })
    return String(answer.headers["x-trace-id"])
  })

const streamed = (content: string) => ({ model: "prod/assistant", stream: true, messages: [{ role: "user", content }] })

/** A conversation with a tool in it, streamed. */
const incident = {
  model: "prod/assistant",
  stream: true,
  stream_options: { include_usage: true },
  temperature: 0.2,
  messages: [
    { role: "system", content: "You help the engineers who are on call. Be brief, and name owners." },
    { role: "user", content: "There was an incident this morning. Can you read its report?" },
    {
      role: "assistant",
      content: null,
      tool_calls: [
        {
          id: "call_1",
          type: "function",
          function: { name: "read_incident", arguments: '{"id":4711,"fields":["timeline","impact"]}' }
        }
      ]
    },
    {
      role: "tool",
      tool_call_id: "call_1",
      content: "09:05 deploy of payment-api\n09:12 first errors in checkout\n09:46 rolled back"
    },
    { role: "assistant", content: "I have read it. What would you like to know?" },
    { role: "user", content: dialogues[1]!.ask }
  ]
}

/** Real requests through the gateway; gives the id of the last one's trace: two failures, a fallback, a stream. */
export const sendTraffic = (url: string, provider: FakeProvider["Service"]) =>
  Effect.gen(function* () {
    for (const { ask } of dialogues.slice(0, 2)) yield* send(url, streamed(ask))
    provider.script.style({ firstTokenMs: 340, tokenMs: 9 })
    provider.script.next("503", "503")
    const traceId = yield* send(url, incident)
    return traceId
  })
