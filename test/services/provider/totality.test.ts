import { assert, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { isJsonObject } from "../../../src/services/provider/Api.ts"
import { translatorFor } from "../../../src/services/provider/translators.ts"
import { jsonOf, Members } from "./anyJson.ts"
import { bytes, dataOf, forward, request, text } from "./fixtures.ts"

const pairs = (["chat_completions", "messages", "responses"] as const).flatMap((api) =>
  (["openai", "anthropic"] as const).flatMap((provider) => {
    const translator = translatorFor(api, provider)
    return translator === undefined ? [] : [{ api, translator }]
  })
)

const Where = Schema.Literals([
  "messages",
  "tools",
  "tool_choice",
  "choices",
  "content",
  "system",
  "delta",
  "message",
  "stop"
])

it.prop(
  "no JSON makes a translator throw, and what it gives is JSON",
  { top: Members, inner: Members, where: Where, list: Schema.Boolean },
  ({ inner, list, top, where }) => {
    const one = { members: inner }
    const body = jsonOf({ members: [["model", "m"], ...top, [where, list ? { list: [one] } : one]] })
    assert.isTrue(isJsonObject(body))
    if (!isJsonObject(body)) return
    for (const { api, translator } of pairs) {
      const sent = translator.request(request(api, body), "m")
      if (Result.isSuccess(sent)) JSON.parse(text(sent.success))
      const answered = translator.response(bytes(JSON.stringify(body)))
      if (Result.isSuccess(answered)) JSON.parse(text(answered.success))
    }
  },
  { arbitrary: { runs: 500 } }
)

const Kind = Schema.Literals([
  "message_start",
  "content_block_start",
  "content_block_delta",
  "content_block_stop",
  "message_delta",
  "message_stop",
  "response.output_text.delta",
  "response.completed",
  "response.failed",
  "error",
  "ping"
])

it.prop(
  "no stream of JSON makes a translator throw, and what it forwards are events of JSON",
  { events: Schema.Array(Schema.Tuple([Kind, Members])).check(Schema.isMaxLength(6)), done: Schema.Boolean },
  ({ done, events }) => {
    const data = events.map(([type, members]) => JSON.stringify(jsonOf({ members: [["type", type], ...members] })))
    const body = bytes([...data, ...(done ? ["[DONE]"] : [])].map((each) => `data: ${each}\n\n`).join(""))
    for (const { api, translator } of pairs) {
      dataOf(forward(translator.stream(request(api, { stream: true })), [body]))
    }
  },
  { arbitrary: { runs: 500 } }
)
