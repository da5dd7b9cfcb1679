import { assert, describe, it } from "@effect/vitest"
import { readResponse } from "../../../../src/services/provider/responseFacts.ts"
import { at, bodyOf, bytes, eventsOf, streams, text } from "../fixtures.ts"
import { violations } from "../schemas.ts"

const sse = (events: ReadonlyArray<object>) =>
  bytes(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""))
const stream = (...events: ReadonlyArray<object>) => readResponse("responses", "chat", true, [sse(events)], true)
const body = (json: object) => readResponse("responses", "chat", false, [bytes(JSON.stringify(json))], true)
const parts = (read: ReturnType<typeof body>) => at(read.content?.outputMessages, 0, "parts")

const created = {
  type: "response.created",
  response: { id: "resp_1", model: "gpt-5", status: "in_progress", output: [] }
}
const delta = (type: string, delta: string, more: object = {}) => ({
  type: `response.${type}.delta`,
  output_index: 0,
  content_index: 0,
  delta,
  ...more
})

const recorded = streams.filter(({ api }) => api === "responses")

describe("a stream of the Responses API", () => {
  for (const { body, facts, name } of recorded) {
    it(`gives facts wherever ${name} is cut`, () => {
      const { finishReasons: _, serviceTier: _tier, usage: _usage, ...said } = facts
      const first = text(body).indexOf("\n\n") + 2
      // Every byte of the shorter ones; a longer one is read anew too often for that.
      const step = body.length < 8000 ? 1 : 13
      // Up to its last brace: the blank line behind it may be missing.
      for (let end = 1; end < body.length - 2; end += step) {
        const { content, facts: cut } = readResponse("responses", "chat", true, [body.subarray(0, end)], end % 5 === 0)
        assert.isFalse(cut.done)
        assert.strictEqual(cut.usage, undefined)
        if (end >= first) assert.deepInclude(cut, { ...said, done: false, finishReasons: ["error"] })
        if (end % 35 === 0) assert.strictEqual(violations("output", content?.outputMessages ?? []), "")
      }
    })

    it(`says by its deltas what the final event of ${name} repeats`, () => {
      const before = eventsOf(body).filter(({ data }) => !data.includes('"response.completed"'))
      const cut = bytes(before.map(({ data }) => `data: ${data}\n\n`).join(""))
      const read = readResponse("responses", "chat", true, [cut], true)
      const whole = readResponse("responses", "chat", true, [body], true)
      assert.deepStrictEqual(parts(read), parts(whole))
      assert.strictEqual(at(read.content?.outputMessages, 0, "finish_reason"), "error")
    })
  }

  it("is put together from deltas alone, even where the events that open items are lost", () => {
    const read = stream(
      created,
      delta("reasoning_summary_text", "Thin", { summary_index: 0 }),
      delta("reasoning_summary_text", "k.", { summary_index: 0 }),
      delta("reasoning_summary_text", "Twice.", { summary_index: 1 }),
      delta("output_text", "Hi", { output_index: 1 }),
      delta("output_text", " there", { output_index: 1 }),
      delta("refusal", "No", { output_index: 1, content_index: 1 }),
      {
        type: "response.output_item.added",
        output_index: 2,
        item: { type: "function_call", call_id: "c1", name: "f", arguments: "" }
      },
      delta("function_call_arguments", '{"a"', { output_index: 2 }),
      delta("function_call_arguments", ":1}", { output_index: 2 }),
      delta("custom_tool_call_input", "ls", { output_index: 3 }),
      delta("code_interpreter_call_code", "print()", { output_index: 4 })
    )
    assert.deepStrictEqual(parts(read), [
      { type: "reasoning", content: "Think.\n\nTwice." },
      { type: "text", content: "Hi there" },
      { type: "refusal", content: "No" },
      { type: "tool_call", id: "c1", name: "f", arguments: { a: 1 } },
      { type: "tool_call", name: "", arguments: "ls" },
      { type: "code_interpreter_call", code: "print()" }
    ])
    assert.deepStrictEqual(read.facts, { id: "resp_1", model: "gpt-5", finishReasons: ["error"], done: false })
    assert.deepInclude(read.content?.assembled, { id: "resp_1", object: "response", status: "incomplete" })
  })

  it("takes an item that was closed over its deltas, and the final response over all", () => {
    const item = (text: string) => ({ type: "message", content: [{ type: "output_text", text }] })
    const done = { type: "response.output_item.done", output_index: 0, item: item("closed") }
    assert.deepStrictEqual(parts(stream(created, delta("output_text", "clo"), done)), [
      { type: "text", content: "closed" }
    ])
    const final = { type: "response.completed", response: { status: "completed", output: [item("final")] } }
    const late = delta("output_text", "late")
    assert.deepStrictEqual(parts(stream(created, done, final, late)), [{ type: "text", content: "final" }])
    const bare = { type: "response.completed", response: { status: "completed", output: [] } }
    assert.deepStrictEqual(parts(stream(created, done, bare)), [{ type: "text", content: "closed" }])
  })

  it("ends with its final event, whatever is sent behind it", () => {
    const final = { type: "response.completed", response: { id: "resp_1", status: "completed" } }
    const other = { type: "response.created", response: { id: "resp_2", status: "in_progress" } }
    assert.deepStrictEqual(stream(created, final, other, delta("output_text", "late")).facts, {
      id: "resp_1",
      finishReasons: ["stop"],
      done: true
    })
  })

  it("is whole with a failure, which it names", () => {
    const error = { code: "server_error", message: "It broke." }
    const failed = { type: "response.failed", response: { id: "resp_1", status: "failed", error, output: [] } }
    assert.deepStrictEqual(stream(created, failed).facts, {
      id: "resp_1",
      finishReasons: ["error"],
      done: true,
      error: { type: "server_error", message: "It broke." }
    })
  })

  it("is not whole with an error event, whose words are the provider's", () => {
    const error = { type: "error", code: "rate_limit_exceeded", message: "Slow down.", param: null, sequence_number: 1 }
    const { facts } = stream(created, error)
    assert.deepInclude(facts, { done: false, finishReasons: ["error"] })
    assert.deepStrictEqual(facts.error, { type: "rate_limit_exceeded", message: "Slow down." })
    const nested = { type: "error", error: { type: "invalid_request_error", code: null, message: "No.", param: null } }
    assert.deepStrictEqual(stream(nested).facts.error, { type: "invalid_request_error", message: "No." })
  })

  it("is told by the name of its events where they do not say their type", () => {
    const data = JSON.stringify({ response: { id: "r", status: "completed", usage: { input_tokens: 1 } } })
    const named = bytes(`event: response.completed\ndata: ${data}\n\n`)
    const { facts } = readResponse("responses", "chat", true, [named], false)
    assert.deepStrictEqual(facts, { id: "r", usage: { inputTokens: 1 }, finishReasons: ["stop"], done: true })
  })

  it("has the usage of a final event whose start was left out, and does not guess how it ended", () => {
    const whole = bodyOf("responses-text")
    const from = text(whole).lastIndexOf('"usage"') - 40
    const { content, facts } = readResponse(
      "responses",
      "chat",
      true,
      [whole.subarray(0, 2500), whole.subarray(from)],
      true
    )
    assert.deepInclude(facts, {
      done: true,
      usage: { inputTokens: 14, outputTokens: 9, cacheReadInputTokens: 0, reasoningOutputTokens: 0 }
    })
    assert.notProperty(facts, "finishReasons")
    assert.notProperty(content?.assembled, "status")
    const nothing = readResponse("responses", "chat", true, [whole.subarray(0, 2500), whole.subarray(-20)], true)
    assert.deepInclude(nothing.facts, { done: false, finishReasons: ["error"] })
  })

  it("counts [DONE] for nothing", () => {
    const cut = bytes(`${text(sse([created]))}data: [DONE]\n\n`)
    assert.isFalse(readResponse("responses", "chat", true, [cut], true).facts.done)
  })
})

describe("a response object", () => {
  it("ends in Chat Completions' words", () => {
    const finish = (json: object) => body(json).facts.finishReasons?.[0]
    const call = { type: "function_call", call_id: "c", name: "f", arguments: "{}" }
    const incomplete = (reason?: string) => finish({ status: "incomplete", incomplete_details: { reason } })
    assert.strictEqual(finish({ status: "completed", output: [] }), "stop")
    assert.strictEqual(finish({ status: "completed", output: [call] }), "tool_calls")
    assert.strictEqual(finish({ status: "completed", output: [{ type: "web_search_call", id: "w" }] }), "stop")
    const shell = { type: "shell_call", call_id: "s" }
    assert.strictEqual(finish({ status: "completed", output: [shell] }), "tool_calls")
    const ran = [shell, { type: "shell_call_output", call_id: "s" }]
    assert.strictEqual(finish({ status: "completed", output: ran }), "stop", "it ran with the provider")
    assert.strictEqual(incomplete("max_output_tokens"), "length")
    assert.strictEqual(incomplete("content_filter"), "content_filter")
    assert.strictEqual(incomplete("novel"), "novel")
    assert.strictEqual(incomplete(), "length")
    assert.strictEqual(finish({ status: "failed" }), "error")
    assert.strictEqual(finish({ status: "cancelled" }), "error")
    assert.strictEqual(finish({ status: "queued" }), undefined, "it is still to come")
    assert.strictEqual(finish({}), undefined)
  })

  it("that failed names its error", () => {
    const error = { code: "server_error", message: "It broke." }
    assert.deepInclude(body({ status: "failed", error }).facts, {
      done: true,
      error: { type: "server_error", message: "It broke." }
    })
  })

  it("has usage, absent where nobody said it", () => {
    const usage = (usage: unknown) => body({ usage }).facts.usage
    assert.strictEqual(usage(null), undefined)
    assert.strictEqual(usage({}), undefined)
    assert.deepStrictEqual(usage({ input_tokens: 0, output_tokens: 0 }), { inputTokens: 0, outputTokens: 0 })
    assert.deepStrictEqual(
      usage({
        input_tokens: 10,
        input_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
        output_tokens: 5,
        output_tokens_details: { reasoning_tokens: 3 },
        total_tokens: 15
      }),
      {
        inputTokens: 10,
        outputTokens: 5,
        cacheReadInputTokens: 4,
        cacheCreationInputTokens: 2,
        reasoningOutputTokens: 3
      }
    )
  })

  it("is one message of all its items; tools of the provider's own keep their form", () => {
    const read = body({
      status: "completed",
      output: [
        { type: "reasoning", summary: [{ type: "summary_text", text: "Hm." }], encrypted_content: "gAAA" },
        { type: "reasoning", summary: [], encrypted_content: "gAAA" },
        { type: "image_generation_call", id: "ig", result: "AA==" },
        { type: "message", role: "assistant", content: [{ type: "refusal", refusal: "No." }] },
        { type: "custom_tool_call", call_id: "c", name: "sh", input: "ls" }
      ]
    })
    assert.deepStrictEqual(read.content?.outputMessages, [
      {
        role: "assistant",
        parts: [
          { type: "reasoning", content: "Hm." },
          { type: "image_generation_call", id: "ig", result: "AA==" },
          { type: "refusal", content: "No." },
          { type: "tool_call", id: "c", name: "sh", arguments: "ls" }
        ],
        finish_reason: "tool_call"
      }
    ])
    assert.strictEqual(violations("output", read.content?.outputMessages), "")
  })

  it("that was cut has what stands whole", () => {
    const head =
      '{"id":"resp_1","object":"response","model":"gpt-5","output":[{"type":"message","content":[{"text":"a \\"usage\\": {'
    const tail = 'ing"}]}],"usage":{"input_tokens":9,"output_tokens":400},"metadata":{}}'
    const { facts } = readResponse("responses", "chat", false, [bytes(head), bytes(tail)], true)
    assert.deepStrictEqual(facts, {
      id: "resp_1",
      model: "gpt-5",
      usage: { inputTokens: 9, outputTokens: 400 },
      done: false
    })
  })

  it("may be nested without end", () => {
    const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`
    const json = `{"status":"completed","output":[{"type":"function_call","name":"f","arguments":${JSON.stringify(deep)}},{"type":"mcp_call","tools":${deep}}]}`
    const read = readResponse("responses", "chat", false, [bytes(json)], true)
    assert.strictEqual(at(parts(read), 0, "arguments"), "[nested too deep]")
    assert.deepStrictEqual(at(parts(read), 1), { type: "mcp_call" })
  })
})
