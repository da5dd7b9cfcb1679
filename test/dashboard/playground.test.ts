import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { type Chat, messagesOf, type Turn } from "../../src/dashboard/pages/playground/chat.ts"
import { type ChatEvent, makeChatReader, readError } from "../../src/dashboard/pages/playground/chatStream.ts"

const stream = [
  ": a comment",
  'data: {"choices":[{"delta":{"role":"assistant","content":""}}],"usage":null}',
  "",
  'data: {"choices":[{"delta":{"reasoning_content":"hm"}}]}',
  'data: {"choices":[{"delta":{"content":"Grüße, "}}]}',
  'data:{"choices":[{"delta":{"content":"🌍"},"finish_reason":null}]}',
  "data: {broken",
  'data: {"choices":[{"delta":{},"finish_reason":"length"}]}',
  'data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7}}',
  "data: [DONE]",
  ""
]

const expected: ReadonlyArray<ChatEvent> = [
  { type: "reasoning", text: "hm" },
  { type: "text", text: "Grüße, " },
  { type: "text", text: "🌍" },
  { type: "finish", reason: "length" },
  { type: "usage", inputTokens: 5, outputTokens: 7 }
]

describe("makeChatReader", () => {
  const Cut = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 500 }))
  it.prop(
    "reads the same wherever it is cut, whatever ends its lines",
    [Cut, Cut, Schema.Literals(["\n", "\r\n", "\r"])],
    ([a, b, end]) => {
      const text = stream.join(end) + end
      const [first, second] = a < b ? [a, b] : [b, a]
      const read = makeChatReader()
      const pieces = [text.slice(0, first), text.slice(first, second), text.slice(second), "\n"]
      assert.deepStrictEqual(pieces.flatMap(read), expected)
    }
  )

  it("an error in the middle of a stream is one", () => {
    const events = makeChatReader()('data: {"error":{"message":"The provider broke off.","code":"provider_error"}}\n')
    assert.deepStrictEqual(events, [{ type: "error", message: "The provider broke off.", code: "provider_error" }])
  })
})

describe("readError", () => {
  it("the gateway's words, the control plane's, or none", () => {
    assert.deepStrictEqual(readError('{"error":{"message":"no","type":"t","code":null}}'), { message: "no", code: "t" })
    assert.deepStrictEqual(readError('{"title":"Not allowed","detail":"needs editor"}'), {
      message: "needs editor",
      code: undefined
    })
    assert.deepStrictEqual(readError("<html>"), { message: undefined, code: undefined })
  })
})

describe("messagesOf", () => {
  let id = 0
  const user = (text: string): Turn => ({ id: ++id, role: "user", text, reasoning: "" })
  const answer = (text: string, state: "done" | "stopped" | "failed"): Turn => ({
    id: ++id,
    role: "assistant",
    text,
    reasoning: "",
    answer: { state }
  })
  const chat = (system: string, ...turns: ReadonlyArray<Turn>): Chat => ({ model: "a/x", system, draft: "", turns })

  it("the system prompt first, what was said after it", () => {
    assert.deepStrictEqual(messagesOf(chat("Be brief.", user("Hi"), answer("Hello", "done"), user("Bye"))), [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello" },
      { role: "user", content: "Bye" }
    ])
  })

  it("what failed is not sent again, what was stopped is", () => {
    const turns = [
      user("a"),
      answer("half", "failed"),
      user("b"),
      answer("hal", "stopped"),
      user("c"),
      answer("", "stopped"),
      user("d")
    ]
    assert.deepStrictEqual(
      messagesOf(chat(" ", ...turns)).map(({ content }) => content),
      ["b", "hal", "d"]
    )
  })
})
