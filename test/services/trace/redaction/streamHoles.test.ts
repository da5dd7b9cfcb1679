import { assert, describe, it } from "@effect/vitest"
import type { ProviderApi } from "../../../../src/services/provider/Api.ts"
import { compileRedaction } from "../../../../src/services/trace/redaction/Redaction.ts"
import type { TraceHeader } from "../../../../src/services/trace/TraceEvent.ts"
import { attempt, bytes, outcomes, sse } from "../events.ts"
import { spansOf } from "../exported.ts"

const { spans: redact } = compileRedaction({
  denyAttributes: [],
  mask: [
    { kind: "api-key", with: "mask" },
    { kind: "email", with: "mask" },
    { kind: "card-number", with: "mask" }
  ]
})

/** What the head has, what the hole took, what the tail has; no piece of the secret may be left. */
const SECRETS = [
  { head: "write to bob.smith@exam", hole: "ple.", tail: "org and later", pieces: ["bob", "smith", "exam", "org"] },
  { head: "pay with 4111 1111 ", hole: "11", tail: "11 1111 and later", pieces: ["11"] },
  { head: "use sk-proj-Xabcdef12", hole: "345678", tail: "90abcdefgh and later", pieces: ["sk-", "abc", "90"] }
]

interface Kind {
  readonly api: ProviderApi
  readonly header: Partial<TraceHeader>
  /** What comes before and after the deltas of one text. */
  readonly open: ReadonlyArray<object>
  readonly close: ReadonlyArray<object | string>
  readonly delta: (text: string) => object
}

const openai = (delta: (text: string) => object): Kind => ({
  api: "openai",
  header: {},
  open: [{ choices: [{ index: 0, delta: { role: "assistant", content: "" } }] }],
  close: [{ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }, "[DONE]"],
  delta: (text) => ({ choices: [{ index: 0, delta: delta(text) }] })
})

const anthropic = (block: object, delta: (text: string) => object): Kind => ({
  api: "anthropic",
  header: { api: "messages" },
  open: [
    { type: "message_start", message: { type: "message", role: "assistant", usage: { input_tokens: 3 } } },
    { type: "content_block_start", index: 0, content_block: block }
  ],
  close: [
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } },
    { type: "message_stop" }
  ],
  delta: (text) => ({ type: "content_block_delta", index: 0, delta: delta(text) })
})

const responses = (item: object, type: string): Kind => ({
  api: "openai",
  header: { api: "responses" },
  open: [
    { type: "response.created", response: { id: "r", object: "response", output: [] } },
    { type: "response.output_item.added", output_index: 0, item },
    { type: "response.content_part.added", output_index: 0, content_index: 0, part: {} },
    { type: "response.reasoning_summary_part.added", output_index: 0, summary_index: 0, part: {} }
  ],
  // Without a final event, which would have all of the text.
  close: [],
  delta: (delta) => ({ type, output_index: 0, content_index: 0, summary_index: 0, delta })
})

const call = (text: string) => ({ index: 0, id: "c", function: { name: "f", arguments: text } })

const KINDS: Readonly<Record<string, Kind>> = {
  "Chat Completions content": openai((content) => ({ content })),
  "Chat Completions reasoning": openai((reasoning_content) => ({ reasoning_content })),
  "Chat Completions refusal": openai((refusal) => ({ refusal })),
  "Chat Completions tool call": openai((text) => ({ tool_calls: [call(text)] })),
  "Chat Completions function call": openai((text) => ({ function_call: { name: "f", arguments: text } })),
  "Messages text": anthropic({ type: "text", text: "" }, (text) => ({ type: "text_delta", text })),
  "Messages thinking": anthropic({ type: "thinking", thinking: "" }, (thinking) => ({
    type: "thinking_delta",
    thinking
  })),
  "Messages tool input": anthropic({ type: "tool_use", id: "t", name: "f", input: {} }, (partial_json) => ({
    type: "input_json_delta",
    partial_json
  })),
  "Responses text": responses({ type: "message", role: "assistant", content: [] }, "response.output_text.delta"),
  "Responses refusal": responses({ type: "message", role: "assistant", content: [] }, "response.refusal.delta"),
  "Responses summary": responses({ type: "reasoning", summary: [] }, "response.reasoning_summary_text.delta"),
  "Responses arguments": responses(
    { type: "function_call", call_id: "c", name: "f" },
    "response.function_call_arguments.delta"
  )
}

const base = outcomes["completed stream"]

const attributesOf = (kind: Kind, head: ReadonlyArray<unknown>, hole: ReadonlyArray<unknown>, tail: unknown[]) => {
  const [before, lost, after] = [bytes(sse(head)), bytes(sse(hole)), bytes(sse(tail))]
  const spans = spansOf({
    ...base,
    header: {
      ...base.header,
      ...kind.header,
      attempts: [attempt({ api: kind.api })],
      responseBytes: before.length + lost.length + after.length,
      responseTailAt: before.length
    },
    response: Buffer.concat([before, after])
  })
  const textOf = (list: ReturnType<typeof redact>) =>
    list.flatMap(({ attributes }) => [attributes["tfy.output"], attributes["gen_ai.output.messages"]]).join("\n")
  return { note: `… [${lost.length} bytes cut] …`, plain: textOf(spans), masked: textOf(redact(spans)) }
}

describe.each(Object.entries(KINDS))("a hole in a stream: %s", (_, kind) => {
  const deltas = (text: string) => (text.match(/.{1,3}/g) ?? []).map(kind.delta)

  it.each(SECRETS)("leaves no half of a secret: $head", ({ head, hole, pieces, tail }) => {
    const seen = attributesOf(kind, [...kind.open, ...deltas(head)], deltas(hole), [...deltas(tail), ...kind.close])
    assert.include(seen.plain, `${head}${seen.note}${tail}`)
    for (const piece of pieces) {
      assert.include(seen.plain, piece, "the test would see it")
      assert.notInclude(seen.masked.replaceAll(seen.note, ""), piece)
    }
    assert.include(seen.masked, "and later")
  })

  it.each(SECRETS)("leaves no end of a secret that began in it: $head", ({ head, hole, pieces, tail }) => {
    const lost = [...deltas(head), ...deltas(hole)]
    for (const [before, missing] of [
      [kind.open, lost],
      [kind.open.slice(0, 1), [...kind.open.slice(1), ...lost]]
    ] as const) {
      const seen = attributesOf(kind, before, missing, [...deltas(tail), ...kind.close])
      assert.include(seen.plain, `${seen.note}${tail}`)
      for (const piece of pieces) assert.notInclude(seen.masked.replaceAll(seen.note, ""), piece)
      assert.include(seen.masked, "and later")
    }
  })

  it("leaves no start of a secret that goes on in it to the end", () => {
    const seen = attributesOf(kind, [...kind.open, ...deltas("to bob.smith@exam")], deltas("ple.org"), [...kind.close])
    assert.include(seen.plain, `to bob.smith@exam${seen.note}`)
    assert.notInclude(seen.masked, "bob")
  })
})

describe("no text is noted as cut", () => {
  const noteless = (kind: Kind, head: unknown[], hole: unknown[], tail: unknown[], whole: string) => {
    const { note, plain } = attributesOf(kind, head, hole, tail)
    assert.include(plain, whole)
    assert.notInclude(plain, note)
  }
  const kindOf = (name: keyof typeof KINDS): Kind => KINDS[name] ?? assert.fail("a kind of the table")

  it("that had ended before the hole", () => {
    const messages = kindOf("Messages text")
    noteless(messages, [...messages.open, messages.delta("all"), ...messages.close.slice(0, 1)], [{}], [], "all")
    const chat = kindOf("Chat Completions content")
    noteless(chat, [...chat.open, chat.delta("all"), ...chat.close.slice(0, 1)], [{}], ["[DONE]"], "all")
    const api = kindOf("Responses text")
    const done = { type: "response.output_text.done", output_index: 0, content_index: 0, text: "all" }
    noteless(api, [...api.open, api.delta("all"), done], [{}], [], "all")
  })

  it("that began after it", () => {
    const messages = kindOf("Messages text")
    noteless(messages, messages.open.slice(0, 1), [{}], [...messages.open.slice(1), messages.delta("all")], "all")
    const tool = kindOf("Chat Completions tool call")
    noteless(tool, [...tool.open], [{}], [tool.delta('{"a":'), tool.delta('"all"}')], "all")
    const api = kindOf("Responses text")
    noteless(api, api.open.slice(0, 1), [{}], [...api.open.slice(1), api.delta("all")], "all")
    const part = { type: "response.content_part.added", output_index: 0, content_index: 0, part: {} }
    noteless(api, [...api.open], [{}], [part, api.delta("all")], "all")
  })

  it("that a closing event has all of", () => {
    const api = kindOf("Responses text")
    const text = { type: "response.output_text.done", output_index: 0, content_index: 0, text: "it is all" }
    const item = { type: "message", role: "assistant", content: [{ type: "output_text", text: "it is all" }] }
    const ends = [
      text,
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response: { id: "r", status: "completed", output: [item] } }
    ]
    for (const end of ends) noteless(api, [...api.open, api.delta("it ")], [api.delta("is ")], [end], "it is all")
  })
})
