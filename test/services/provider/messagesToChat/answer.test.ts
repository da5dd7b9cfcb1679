import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { messagesToChat } from "../../../../src/services/provider/messagesToChat/MessagesToChat.ts"
import { at, bodyOf, bytes, dataOf, eventsOf, forward, request, streams, text } from "../fixtures.ts"
import { anthropicClient, streamed, whole } from "../sdk.ts"

const client = request("messages", { model: "m", max_tokens: 1, stream: true })

const answer = (body: unknown): unknown =>
  JSON.parse(
    text(Result.getOrThrow(messagesToChat.response(body instanceof Uint8Array ? body : bytes(JSON.stringify(body)))))
  )

const choice = (message: unknown, finish_reason: unknown) => ({ choices: [{ index: 0, message, finish_reason }] })

describe("a chat completion as a Messages answer", () => {
  it("says all that a message says", () => {
    assert.deepStrictEqual(answer(bodyOf("openai-tool-calls")), {
      id: "chatcmpl-tool-call-test",
      type: "message",
      role: "assistant",
      model: "gpt-4-turbo",
      content: [
        {
          type: "tool_use",
          id: "call_abc123",
          name: "get_weather",
          input: { location: "San Francisco", unit: "celsius" }
        },
        { type: "tool_use", id: "call_xyz789", name: "search_web", input: { query: "Claude AI" } }
      ],
      stop_reason: "tool_use",
      stop_sequence: null,
      usage: {
        input_tokens: 25,
        output_tokens: 18,
        cache_creation_input_tokens: null,
        cache_read_input_tokens: 0,
        server_tool_use: null,
        output_tokens_details: { thinking_tokens: 0 }
      }
    })
  })

  it("shows reasoning wherever its provider put it, unsigned", () => {
    for (const name of ["openrouter-reasoning", "moonshot-reasoning"]) {
      const [thinking, said] = [at(answer(bodyOf(name)), "content", 0), at(answer(bodyOf(name)), "content", 1)]
      assert.deepInclude(thinking, { type: "thinking", signature: "" })
      assert.strictEqual(at(said, "type"), "text")
    }
    const mistral = [
      { type: "thinking", thinking: [{ type: "text", text: "hm" }] },
      { type: "text", text: "yes" }
    ]
    assert.deepStrictEqual(at(answer(choice({ content: mistral }, "stop")), "content"), [
      { type: "thinking", thinking: "hm", signature: "" },
      { type: "text", text: "yes", citations: null }
    ])
  })

  it("counts cached tokens beside the input", () => {
    const usage = {
      prompt_tokens: 124,
      completion_tokens: 7,
      prompt_tokens_details: { cached_tokens: 100, cache_write_tokens: 20 }
    }
    assert.deepInclude(at(answer({ ...choice({ content: "x" }, "stop"), usage }), "usage"), {
      input_tokens: 4,
      cache_read_input_tokens: 100,
      cache_creation_input_tokens: 20,
      output_tokens: 7
    })
  })

  it("translates every finish reason, and what contradicts it", () => {
    const tool = { tool_calls: [{ id: "1", function: { name: "f", arguments: "{}" } }] }
    const stop = (reason: unknown, message: object = { content: "x" }) =>
      at(answer(choice(message, reason)), "stop_reason")
    assert.deepStrictEqual(
      ["stop", "length", "model_length", "tool_calls", "content_filter", null].map((reason) => stop(reason)),
      ["end_turn", "max_tokens", "max_tokens", "tool_use", "refusal", "end_turn"]
    )
    assert.strictEqual(stop("stop", tool), "tool_use")
    assert.strictEqual(stop("length", tool), "max_tokens")
    assert.strictEqual(at(answer(bodyOf("openai-refusal")), "stop_reason"), "refusal")
    assert.strictEqual(at(answer(bodyOf("azure-content-filter")), "stop_reason"), "refusal")
  })

  it("does not make a call of half its arguments", () => {
    const message = { tool_calls: [{ id: "1", function: { name: "f", arguments: '{"a": "b' } }] }
    assert.strictEqual(at(answer(choice(message, "length")), "content", 0, "input"), '{"a": "b')
  })

  it("refuses what is no completion", () => {
    for (const bad of ["", "<html>", "[]", '{"choices":[]}'])
      assert.isTrue(Result.isFailure(messagesToChat.response(bytes(bad))))
  })

  it.effect("is taken by the Anthropic SDK", () =>
    Effect.gen(function* () {
      const body = Result.getOrThrow(messagesToChat.response(bodyOf("openai-tool-calls")))
      const message = yield* Effect.promise(() =>
        anthropicClient(whole(body)).messages.create({ model: "m", max_tokens: 1, messages: [] })
      )
      assert.strictEqual(message.content.length, 2)
    })
  )
})

const chunk = (delta: unknown, finish_reason: string | null = null) =>
  bytes(`data: ${JSON.stringify({ id: "c", model: "m", choices: [{ index: 0, delta, finish_reason }] })}\n\n`)

const call = (index: number | undefined, args: string, id?: string) => ({
  tool_calls: [
    {
      index,
      ...(id === undefined ? {} : { id, type: "function" }),
      function: { name: id && `f${id}`, arguments: args }
    }
  ]
})

/** The blocks as a client puts them together, by the rules that the official SDK relies on. */
const blocks = (out: Uint8Array): Array<unknown> => {
  const made: Array<{ start: unknown; text: string }> = []
  let open = false
  for (const event of dataOf(out)) {
    switch (at(event, "type")) {
      case "content_block_start":
        assert.isFalse(open, "one block at a time")
        assert.strictEqual(at(event, "index"), made.length, "no gap in the indexes")
        made.push({ start: at(event, "content_block"), text: "" })
        open = true
        break
      case "content_block_delta": {
        assert.isTrue(open)
        const last = made.at(-1)
        assert.strictEqual(at(event, "index"), made.length - 1)
        const delta = at(event, "delta")
        if (last !== undefined) last.text += at(delta, "text") ?? at(delta, "thinking") ?? at(delta, "partial_json")
        break
      }
      case "content_block_stop":
        open = false
        break
      case "message_delta":
        assert.isFalse(open)
        break
    }
  }
  return made.map(({ start, text }) => [at(start, "type"), at(start, "name") ?? "", text])
}

const run = (...pieces: ReadonlyArray<Uint8Array>) => forward(messagesToChat.stream(client), pieces)

const DONE = bytes("data: [DONE]\n\n")

describe("a chat stream as Messages events", () => {
  it("keeps the order that the SDKs rely on, for every provider", () => {
    for (const { api, body, facts, name, operation } of streams) {
      if (api !== "openai" || operation !== "chat" || facts.error !== undefined) continue
      const stream = messagesToChat.stream(client)
      const out = forward(stream, [body])
      assert.isTrue(stream.done(), name)
      const types = eventsOf(out).map(({ event }) => event)
      assert.strictEqual(types[0], "message_start", name)
      assert.deepStrictEqual(types.slice(-2), ["message_delta", "message_stop"], name)
      assert.isTrue(eventsOf(out).every(({ data, event }) => at(JSON.parse(data), "type") === event))
      assert.isAbove(blocks(out).length, 0, name)
      assert.strictEqual(at(dataOf(out)[0], "message", "model"), facts.model, name)
    }
  })

  it("waits for the usage, which comes after the finish reason", () => {
    const out = dataOf(run(bodyOf("openai-include-usage")))
    assert.deepInclude(at(out.at(-2), "usage"), { input_tokens: 22, output_tokens: 3, cache_read_input_tokens: 0 })
    assert.deepStrictEqual(at(out.at(-2), "delta"), { stop_reason: "end_turn", stop_sequence: null })
  })

  it("opens a block for each kind of content", () => {
    const out = run(
      chunk({ role: "assistant", content: "" }),
      chunk({ reasoning_content: "h" }),
      chunk({ reasoning: "m" }),
      chunk({ content: "a" }),
      chunk({ content: "b" }),
      chunk(call(0, "", "1")),
      chunk(call(0, "{}")),
      chunk({}, "tool_calls"),
      DONE
    )
    assert.deepStrictEqual(blocks(out), [
      ["thinking", "", "hm"],
      ["text", "", "ab"],
      ["tool_use", "f1", "{}"]
    ])
  })

  it("puts parallel calls in sequence, even when their pieces are mixed", () => {
    const out = run(
      chunk(call(0, "", "1")),
      chunk(call(1, '{"b"', "2")),
      chunk(call(0, '{"a":1')),
      chunk({ content: "meanwhile" }),
      chunk(call(1, ":2}")),
      chunk(call(0, "}")),
      chunk(call(2, "{}", "3")),
      chunk({}, "tool_calls"),
      DONE
    )
    assert.deepStrictEqual(blocks(out), [
      ["tool_use", "f1", '{"a":1}'],
      ["tool_use", "f2", '{"b":2}'],
      ["tool_use", "f3", "{}"],
      ["text", "", "meanwhile"]
    ])
  })

  it("sends a call on its way while it grows", () => {
    const stream = messagesToChat.stream(client)
    stream.push(chunk(call(0, "", "1")))
    assert.include(text(stream.push(chunk(call(0, '{"a":')))), "input_json_delta")
    stream.push(chunk(call(0, "1}")))
    assert.include(text(stream.push(chunk(call(1, "", "2")))), "content_block_start")
  })

  it("tells calls apart that have no index, or all the same one", () => {
    for (const index of [undefined, 0]) {
      const out = run(
        chunk(call(index, "{}", "1")),
        chunk(call(index, '{"a"', "2")),
        chunk(call(index, ":1}")),
        chunk({}, "stop"),
        DONE
      )
      assert.deepStrictEqual(blocks(out), [
        ["tool_use", "f1", "{}"],
        ["tool_use", "f2", '{"a":1}']
      ])
      assert.strictEqual(at(dataOf(out).at(-2), "delta", "stop_reason"), "tool_use")
    }
  })

  it("gives out a call that the token limit cut short", () => {
    const out = run(chunk(call(0, '{"a', "1")), chunk(call(1, "{", "2")), chunk({}, "length"), DONE)
    assert.deepStrictEqual(blocks(out), [
      ["tool_use", "f1", '{"a'],
      ["tool_use", "f2", "{"]
    ])
    assert.strictEqual(at(dataOf(out).at(-2), "delta", "stop_reason"), "max_tokens")
  })

  it("ends a message that has no content, or no finish reason", () => {
    const usage = bytes('data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":0}}\n\n')
    assert.deepStrictEqual(
      eventsOf(run(usage, DONE)).map(({ event }) => event),
      ["message_start", "message_delta", "message_stop"]
    )
    assert.strictEqual(at(dataOf(run(chunk({ content: "x" }), DONE)).at(-2), "delta", "stop_reason"), "end_turn")
  })

  it("closes a finished answer without [DONE], and no other", () => {
    assert.strictEqual(eventsOf(run(chunk({ content: "x" }, "stop"))).at(-1)?.event, "message_stop")
    const cut = messagesToChat.stream(client)
    assert.notInclude(text(forward(cut, [chunk({ content: "x" })])), "message_stop")
    assert.isFalse(cut.done())
  })

  it("tells an error in Anthropic's words and is silent after it", () => {
    const stream = messagesToChat.stream(client)
    const out = forward(stream, [bodyOf("groq-tool-use-failed"), DONE])
    const last = eventsOf(out).at(-1)
    assert.strictEqual(last?.event, "error")
    assert.strictEqual(at(JSON.parse(last?.data ?? ""), "error", "type"), "api_error")
    assert.strictEqual(stream.error(), "invalid_request_error")
    assert.isFalse(stream.done())
  })

  it.effect("is taken by the Anthropic SDK", () =>
    Effect.gen(function* () {
      for (const name of [
        "openai-parallel-tools",
        "groq-tool-call",
        "mistral-reasoning",
        "openrouter-tool-call",
        "azure-model-router"
      ]) {
        const message = yield* Effect.promise(() =>
          anthropicClient(streamed(run(bodyOf(name))))
            .messages.stream({ model: "m", max_tokens: 1, messages: [] })
            .finalMessage()
        )
        assert.isAbove(message.content.length, 0, name)
        for (const block of message.content) if (block.type === "tool_use") assert.isObject(block.input)
      }
    })
  )
})
