import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { chatToAnthropic } from "../../../../src/services/provider/chatToAnthropic/ChatToAnthropic.ts"
import { at, bodyOf, bytes, dataOf, eventsOf, forward, request, streams, text } from "../fixtures.ts"
import { openAiClient, streamed, whole } from "../sdk.ts"

const client = request("chat_completions", { model: "m", stream: true })
const asking = request("chat_completions", { model: "m", stream: true, stream_options: { include_usage: true } })

const answer = (body: unknown): unknown =>
  JSON.parse(
    text(Result.getOrThrow(chatToAnthropic.response(body instanceof Uint8Array ? body : bytes(JSON.stringify(body)))))
  )

describe("a Messages answer as a chat completion", () => {
  it("says all that a completion says", () => {
    assert.deepStrictEqual(answer(bodyOf("anthropic-tool-use")), {
      id: "msg_01T8acYgh1ugip1ifUmT4MCU",
      object: "chat.completion",
      created: 0,
      model: "claude-haiku-4-5-20251001",
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: null,
            refusal: null,
            tool_calls: [
              {
                id: "toolu_01PQjhxo3eirCdKNvCJrKc8f",
                type: "function",
                function: { name: "weather", arguments: '{"location":"San Francisco"}' }
              }
            ]
          },
          logprobs: null,
          finish_reason: "tool_calls"
        }
      ],
      usage: {
        prompt_tokens: 843,
        completion_tokens: 28,
        total_tokens: 871,
        prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 }
      }
    })
  })

  it("shows thinking, with its signature for the way back", () => {
    const completion = answer(bodyOf("anthropic-opus-5-thinking"))
    const message = at(completion, "choices", 0, "message")
    assert.strictEqual(at(message, "content"), "2 + 2 = 4")
    assert.match(String(at(message, "reasoning_content")), /^This is a straightforward/)
    assert.match(String(at(message, "thinking_blocks", 0, "signature")), /^CAIS/)
    assert.strictEqual(at(completion, "usage", "completion_tokens_details", "reasoning_tokens"), 33)
  })

  it("counts cached tokens into the prompt", () => {
    const usage = { input_tokens: 4, cache_read_input_tokens: 100, cache_creation_input_tokens: 20, output_tokens: 7 }
    assert.deepStrictEqual(at(answer({ type: "message", content: [], usage }), "usage"), {
      prompt_tokens: 124,
      completion_tokens: 7,
      total_tokens: 131,
      prompt_tokens_details: { cached_tokens: 100, cache_write_tokens: 20 }
    })
  })

  it("translates every stop reason", () => {
    const finish = (stop_reason: unknown) => at(answer({ content: [], stop_reason }), "choices", 0, "finish_reason")
    assert.deepStrictEqual(
      [
        "end_turn",
        "stop_sequence",
        "max_tokens",
        "tool_use",
        "refusal",
        "pause_turn",
        "model_context_window_exceeded",
        null
      ].map(finish),
      ["stop", "stop", "length", "tool_calls", "content_filter", "stop", "length", "stop"]
    )
  })

  it("refuses what is no answer", () => {
    for (const bad of ["", "<html>", "[]", '{"error":{}}'])
      assert.isTrue(Result.isFailure(chatToAnthropic.response(bytes(bad))))
  })

  it.effect("is taken by the OpenAI SDK", () =>
    Effect.gen(function* () {
      const body = Result.getOrThrow(chatToAnthropic.response(bodyOf("anthropic-tool-use")))
      const completion = yield* Effect.promise(() =>
        openAiClient(whole(body)).chat.completions.create({ model: "m", messages: [] })
      )
      assert.strictEqual(completion.choices[0]?.message.tool_calls?.length, 1)
    })
  )
})

const run = (name: string, from = client) => forward(chatToAnthropic.stream(from), [bodyOf(name)])

const deltas = (body: Uint8Array) => dataOf(body).map((chunk) => at(chunk, "choices", 0, "delta"))

describe("a Messages stream as chat chunks", () => {
  it("opens with the role, gives one finish reason and ends with [DONE]", () => {
    for (const { api, body, facts, name } of streams) {
      if (api !== "anthropic") continue
      const stream = chatToAnthropic.stream(client)
      const out = forward(stream, [body])
      assert.isTrue(stream.done(), name)
      assert.strictEqual(eventsOf(out).at(-1)?.data, "[DONE]")
      assert.deepStrictEqual(deltas(out)[0], { role: "assistant", content: "", refusal: null })
      const chunks = dataOf(out)
      assert.strictEqual(chunks.filter((chunk) => at(chunk, "choices", 0, "finish_reason") !== null).length, 1)
      assert.isTrue(chunks.every((chunk) => at(chunk, "id") === facts.id && at(chunk, "model") === facts.model))
      assert.isTrue(
        chunks.every((chunk) => at(chunk, "usage") === undefined),
        "usage only where it was asked for"
      )
    }
  })

  it("gives usage in a chunk of its own when the client asked", () => {
    const chunks = dataOf(run("anthropic-cache", asking))
    assert.deepStrictEqual(at(chunks.at(-1), "choices"), [])
    assert.deepStrictEqual(at(chunks.at(-1), "usage"), {
      prompt_tokens: 1169,
      completion_tokens: 221,
      total_tokens: 1390,
      prompt_tokens_details: { cached_tokens: 1165, cache_write_tokens: 0 }
    })
    assert.isTrue(chunks.slice(0, -1).every((chunk) => at(chunk, "usage") === null))
  })

  it("numbers tool calls on their own, and gives an empty one its arguments", () => {
    const calls = deltas(run("anthropic-tool-no-args")).flatMap((delta) => at(delta, "tool_calls") ?? [])
    assert.deepStrictEqual(calls, [
      { index: 0, id: at(calls[0], "id"), type: "function", function: { name: "updateIssueList", arguments: "" } },
      { index: 0, function: { arguments: "{}" } }
    ])
  })

  it("gives each thinking block once it is whole, signed and numbered", () => {
    const all = deltas(run("anthropic-thinking"))
    const thinking = all.map((delta) => at(delta, "reasoning_content") ?? "").join("")
    const blocks = all.flatMap((delta) => at(delta, "thinking_blocks") ?? [])
    assert.strictEqual(blocks.length, 1)
    assert.strictEqual(at(blocks[0], "thinking"), thinking)
    assert.strictEqual(at(blocks[0], "index"), 0)
    assert.isAbove(String(at(blocks[0], "signature")).length, 10)
    const redacted = deltas(run("anthropic-redacted-thinking")).flatMap((delta) => at(delta, "thinking_blocks") ?? [])
    assert.deepStrictEqual(
      redacted.map((block) => at(block, "type")),
      redacted.map(() => "redacted_thinking")
    )
    assert.isAbove(redacted.length, 0)
  })

  it("keeps a waiting client's connection warm with comments", () => {
    const stream = chatToAnthropic.stream(client)
    assert.strictEqual(text(stream.push(bytes('event: ping\ndata: {"type":"ping"}\n\n'))), ": ping\n\n")
  })

  it("tells an error in OpenAI's words and is silent after it", () => {
    const stream = chatToAnthropic.stream(client)
    const out = forward(stream, [
      bytes('event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'),
      bytes('data: {"type":"message_stop"}\n\n')
    ])
    assert.deepStrictEqual(dataOf(out), [
      { error: { message: "Overloaded", type: "overloaded_error", param: null, code: null } }
    ])
    assert.strictEqual(stream.error(), "overloaded_error")
    assert.isFalse(stream.done())
  })

  it("breaks off at an event that is no JSON", () => {
    const stream = chatToAnthropic.stream(client)
    assert.strictEqual(
      at(dataOf(forward(stream, [bytes("data: nonsense\n\n")]))[0], "error", "code"),
      "malformed_event"
    )
    assert.strictEqual(stream.error(), "malformed_event")
  })

  it("closes an answer that stopped without message_stop, and no other", () => {
    const body = text(bodyOf("anthropic-tools"))
    const stopped = chatToAnthropic.stream(client)
    const out = forward(stopped, [bytes(body.slice(0, body.indexOf("event: message_stop")))])
    assert.strictEqual(eventsOf(out).at(-1)?.data, "[DONE]")
    assert.isTrue(stopped.done())
    const cut = chatToAnthropic.stream(client)
    const half = forward(cut, [bytes(body.slice(0, body.indexOf("event: message_delta")))])
    assert.notInclude(text(half), "[DONE]")
    assert.isFalse(cut.done())
  })

  it.effect("is taken by the OpenAI SDK", () =>
    Effect.gen(function* () {
      for (const name of ["anthropic-tools", "anthropic-thinking", "anthropic-tool-no-args"]) {
        const final = yield* Effect.promise(() =>
          openAiClient(streamed(run(name, asking)))
            .chat.completions.stream({ model: "m", messages: [], stream_options: { include_usage: true } })
            .finalChatCompletion()
        )
        const message = final.choices[0]?.message
        assert.isTrue((message?.content ?? "") !== "" || (message?.tool_calls?.length ?? 0) > 0)
        for (const each of message?.tool_calls ?? []) {
          if (each.type === "function") assert.isObject(JSON.parse(each.function.arguments))
        }
        assert.isAbove(final.usage?.total_tokens ?? 0, 0)
      }
    })
  )
})
