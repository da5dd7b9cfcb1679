import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import type { Dialect } from "../../../src/services/provider/Api.ts"
import { readResponse } from "../../../src/services/provider/responseFacts.ts"
import { at, bodyOf, bytes, cases, cutAt, streams, text } from "./fixtures.ts"
import { violations } from "./schemas.ts"

const stream = (api: Dialect, ...events: ReadonlyArray<unknown>) =>
  readResponse(
    api,
    "chat",
    true,
    [bytes(events.map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`).join(""))],
    true
  )

const body = (api: Dialect, json: unknown) => readResponse(api, "chat", false, [bytes(JSON.stringify(json))], true)

const usage = (raw: object) => body("openai", { choices: [], usage: raw }).facts.usage

describe("readResponse of recorded answers", () => {
  for (const { api, body, facts, messages, name, operation, streamed } of cases) {
    it(`reads ${name}`, () => {
      const read = readResponse(api, operation, streamed, [body], true)
      assert.deepStrictEqual(read.facts, facts)
      assert.deepStrictEqual(read.content?.outputMessages, messages)
      assert.strictEqual(violations("output", read.content?.outputMessages), "")
      assert.deepStrictEqual(readResponse(api, operation, streamed, [body], false), { facts })
    })

    it(`puts ${name} together as if it had not been streamed`, () => {
      const read = readResponse(api, operation, streamed, [body], true)
      const assembled = read.content?.assembled
      assert.strictEqual(assembled === undefined, !streamed)
      if (assembled === undefined) return
      const again = readResponse(api, operation, false, [bytes(JSON.stringify(assembled))], true)
      const { error, ...said } = facts
      assert.deepStrictEqual(again.facts, { ...said, done: true })
      assert.deepStrictEqual(again.content?.outputMessages, read.content?.outputMessages)
    })
  }
})

describe("usage", () => {
  it("is absent where nobody said it, and zero where somebody said zero", () => {
    assert.strictEqual(usage({}), undefined)
    assert.deepStrictEqual(usage({ prompt_tokens: 0, completion_tokens: 0 }), { inputTokens: 0, outputTokens: 0 })
    assert.deepStrictEqual(usage({ prompt_tokens: 5, total_tokens: 5 }), { inputTokens: 5 })
    assert.strictEqual(usage({ prompt_tokens: -1, completion_tokens: "7" }), undefined)
  })

  it("has its subsets in every spelling", () => {
    const counts = { prompt_tokens: 10, completion_tokens: 5 }
    const cached = { inputTokens: 10, outputTokens: 5, cacheReadInputTokens: 4 }
    assert.deepStrictEqual(usage({ ...counts, prompt_tokens_details: { cached_tokens: 4 } }), cached)
    assert.deepStrictEqual(usage({ ...counts, prompt_cache_hit_tokens: 4, prompt_cache_miss_tokens: 6 }), cached)
    assert.deepStrictEqual(usage({ ...counts, cached_tokens: 4 }), cached)
    assert.deepStrictEqual(usage({ ...counts, prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 } }), {
      ...cached,
      cacheCreationInputTokens: 2
    })
    assert.deepStrictEqual(usage({ ...counts, reasoning_tokens: 3 }), {
      inputTokens: 10,
      outputTokens: 5,
      reasoningOutputTokens: 3
    })
  })

  it("includes reasoning and cached tokens that a provider counts beside", () => {
    assert.deepStrictEqual(
      usage({
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 22,
        completion_tokens_details: { reasoning_tokens: 7 }
      }),
      { inputTokens: 10, outputTokens: 12, reasoningOutputTokens: 7 }
    )
    assert.deepStrictEqual(
      usage({
        prompt_tokens: 10,
        completion_tokens: 9,
        total_tokens: 19,
        completion_tokens_details: { reasoning_tokens: 7 }
      }),
      { inputTokens: 10, outputTokens: 9, reasoningOutputTokens: 7 }
    )
    assert.deepInclude(
      usage({ prompt_tokens: 23, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 158 } }),
      {
        inputTokens: 181,
        cacheReadInputTokens: 158
      }
    )
  })

  it("is the last one said, not the sum", () => {
    const chunk = (completion_tokens: number, finish_reason: string | null) => ({
      choices: [{ index: 0, delta: { content: "x" }, finish_reason }],
      usage: { prompt_tokens: 3, completion_tokens }
    })
    const { facts } = stream("openai", chunk(1, null), chunk(2, null), chunk(3, "stop"), "[DONE]")
    assert.deepStrictEqual(facts.usage, { inputTokens: 3, outputTokens: 3 })
    assert.strictEqual(facts.usagePartial, undefined)
  })

  it("is found on x_groq and on a choice", () => {
    const raw = { prompt_tokens: 3, completion_tokens: 4 }
    assert.deepInclude(stream("openai", { choices: [], x_groq: { usage: raw } }, "[DONE]").facts.usage, {
      outputTokens: 4
    })
    assert.deepInclude(
      stream("openai", { choices: [{ index: 0, delta: {}, finish_reason: "stop", usage: raw }] }).facts.usage,
      { outputTokens: 4 }
    )
  })

  it("of Anthropic grows by what each event names; a closing zero takes nothing away", () => {
    const start = {
      type: "message_start",
      message: { type: "message", usage: { input_tokens: 40, cache_read_input_tokens: 5, output_tokens: 1 } }
    }
    const delta = (raw: object) => ({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: raw })
    assert.deepStrictEqual(
      stream("anthropic", start, delta({ output_tokens: 9 }), { type: "message_stop" }).facts.usage,
      {
        inputTokens: 45,
        outputTokens: 9,
        cacheReadInputTokens: 5
      }
    )
    assert.deepInclude(stream("anthropic", start, delta({ input_tokens: 0, output_tokens: 9 })).facts.usage, {
      inputTokens: 45
    })
    assert.deepInclude(
      stream("anthropic", start, delta({ input_tokens: 10, cache_read_input_tokens: 30, output_tokens: 9 })).facts
        .usage,
      { inputTokens: 40, cacheReadInputTokens: 30 }
    )
  })

  it("is partial when the stream ended before the last of it", () => {
    const tools = text(bodyOf("anthropic-tools"))
    const cut = readResponse(
      "anthropic",
      "chat",
      true,
      [bytes(tools.slice(0, tools.indexOf("event: message_delta")))],
      true
    )
    assert.deepInclude(cut.facts, { done: false, usagePartial: true, finishReasons: ["error"] })
    assert.deepInclude(cut.facts.usage, { inputTokens: 514, outputTokens: 5 })
    assert.strictEqual(violations("output", cut.content?.outputMessages), "")
    const perplexity = text(bodyOf("perplexity-text"))
    const half = readResponse("openai", "chat", true, [bytes(perplexity.slice(0, perplexity.length / 2))], false)
    assert.deepInclude(half.facts, { done: false, usagePartial: true, finishReasons: ["error"] })
  })
})

describe("finish reasons", () => {
  const chunk = (index: number, finish_reason: string | null) => ({
    choices: [{ index, delta: { content: "x" }, finish_reason }]
  })

  it("stand one a choice, in order, with error for a choice that never finished", () => {
    const read = stream("openai", chunk(1, null), chunk(0, null), chunk(1, "length"))
    assert.deepStrictEqual(read.facts.finishReasons, ["error", "length"])
    assert.isFalse(read.facts.done)
    assert.deepStrictEqual(
      [0, 1].map((i) => at(read.content?.outputMessages, i, "finish_reason")),
      ["error", "length"]
    )
  })

  it("are spelt as the provider did in facts, as the schema does in messages", () => {
    const finish = (reason: string) => {
      const read = body("openai", { choices: [{ index: 0, message: { content: "x" }, finish_reason: reason }] })
      return [read.facts.finishReasons?.[0], at(read.content?.outputMessages, 0, "finish_reason")]
    }
    assert.deepStrictEqual(finish("tool_calls"), ["tool_calls", "tool_call"])
    assert.deepStrictEqual(finish("function_call"), ["function_call", "tool_call"])
    assert.deepStrictEqual(finish("content_filter"), ["content_filter", "content_filter"])
    assert.deepStrictEqual(finish("novel"), ["novel", "novel"])
  })

  it("close a stream without [DONE]; an error does not", () => {
    assert.isTrue(stream("openai", chunk(0, "stop")).facts.done)
    const failed = stream("openai", chunk(0, "stop"), { error: { message: "gone", code: 502 } }).facts
    assert.deepInclude(failed, { done: false })
    assert.deepStrictEqual(failed.error, { type: "502", message: "gone" })
  })
})

describe("content", () => {
  it("of completions is text, one message a choice", () => {
    const read = readResponse(
      "openai",
      "text_completion",
      false,
      [bytes('{"choices":[{"text":"a","finish_reason":"stop"},{"text":"b","finish_reason":"length"}]}')],
      true
    )
    assert.deepStrictEqual(read.content?.outputMessages, [
      { role: "assistant", parts: [{ type: "text", content: "a" }], finish_reason: "stop" },
      { role: "assistant", parts: [{ type: "text", content: "b" }], finish_reason: "length" }
    ])
  })

  it("of embeddings is none", () => {
    const json =
      '{"object":"list","data":[{"embedding":[0.1]}],"model":"e","usage":{"prompt_tokens":4,"total_tokens":4}}'
    assert.deepStrictEqual(readResponse("openai", "embeddings", false, [bytes(json)], true), {
      facts: { model: "e", usage: { inputTokens: 4 }, done: true },
      content: {}
    })
  })

  it("has refusals, legacy function calls and audio", () => {
    const message = {
      role: "assistant",
      content: null,
      refusal: "no",
      function_call: { name: "f", arguments: "{}" },
      audio: { data: "AA==" }
    }
    const read = body("openai", { choices: [{ index: 0, message, finish_reason: "stop" }] })
    assert.deepStrictEqual(at(read.content?.outputMessages, 0, "parts"), [
      { type: "refusal", content: "no" },
      { type: "tool_call", name: "f", arguments: {} },
      { type: "blob", modality: "audio", content: "AA==" }
    ])
    assert.strictEqual(violations("output", read.content?.outputMessages), "")
  })

  it("puts a legacy function call together", () => {
    const delta = (function_call: object) => ({ choices: [{ index: 0, delta: { function_call } }] })
    const read = stream(
      "openai",
      delta({ name: "f", arguments: "" }),
      delta({ arguments: '{"a"' }),
      delta({ arguments: ":1}" }),
      "[DONE]"
    )
    assert.deepStrictEqual(at(read.content?.assembled, "choices", 0, "message", "function_call"), {
      name: "f",
      arguments: '{"a":1}'
    })
  })
})

describe("parts with a gap between them", () => {
  it("are read on both sides of it, wherever it lies", () => {
    const tools = bodyOf("anthropic-tools")
    const last = text(tools).indexOf("event: message_delta")
    for (let skip = 0; skip < last; skip += 97) {
      const { facts } = readResponse(
        "anthropic",
        "chat",
        true,
        [tools.subarray(0, 700), tools.subarray(Math.max(700, skip))],
        true
      )
      assert.deepInclude(facts, { done: true, id: "msg_01RvjFrekzod2e3Dj6rZwmf3", finishReasons: ["tool_use"] })
      assert.deepInclude(facts.usage, { inputTokens: 514, outputTokens: 168 })
    }
  })

  it("of a body give the members that stand whole", () => {
    const head =
      '{"id":"chatcmpl-1","object":"chat.completion","model":"gpt-4o","choices":[{"index":0,"message":{"content":"a \\"usage\\": {'
    const tail = 'ing"}}],"usage":{"prompt_tokens":9,"completion_tokens":400},"system_fingerprint":"fp"}'
    const { content, facts } = readResponse("openai", "chat", false, [bytes(head), bytes(tail)], true)
    assert.deepStrictEqual(facts, {
      id: "chatcmpl-1",
      model: "gpt-4o",
      usage: { inputTokens: 9, outputTokens: 400 },
      done: false
    })
    assert.strictEqual(content, undefined)
    const vectors = readResponse(
      "openai",
      "embeddings",
      false,
      [
        bytes('{"object":"list","data":[{"embedding":[0.1,0.2'),
        bytes('3,0.4]}],"model":"e","usage":{"prompt_tokens":8,"total_tokens":8}}')
      ],
      true
    )
    assert.deepStrictEqual(vectors.facts, { model: "e", usage: { inputTokens: 8 }, done: false })
  })
})

it("a stream that was asked for and came as one body is read as one", () => {
  const { facts } = readResponse(
    "openai",
    "chat",
    true,
    [bytes('{"error":{"message":"no","type":"invalid_request_error"}}')],
    true
  )
  assert.deepStrictEqual(facts, { done: true, error: { type: "invalid_request_error", message: "no" } })
})

describe("any bytes", () => {
  it("are harmless with half characters and endless nesting", () => {
    const deep = "[".repeat(50_000) + "]".repeat(50_000)
    const args = JSON.stringify(`{"a":${deep}}`)
    const read = readResponse(
      "openai",
      "chat",
      false,
      [
        bytes(
          `{"id":"\\ud800","choices":[{"index":0,"message":{"content":"\\udfff\\u0000","tool_calls":[{"id":"1","function":{"name":"f","arguments":${args}}}]},"finish_reason":"stop"}]}`
        )
      ],
      true
    )
    assert.strictEqual(read.facts.id, "\uFFFD")
    assert.strictEqual(at(read.content?.outputMessages, 0, "parts", 1, "arguments"), "[nested too deep]")
    assert.strictEqual(violations("output", read.content?.outputMessages), "")
    const block = (delta: object) => ({ type: "content_block_delta", index: 0, delta })
    const streamed = stream(
      "anthropic",
      { type: "content_block_start", index: 0, content_block: { type: "tool_use", id: "1", name: "f", input: {} } },
      block({ type: "input_json_delta", partial_json: deep })
    )
    assert.strictEqual(violations("output", streamed.content?.outputMessages), "")
    assert.isBelow(JSON.stringify(streamed.content?.assembled).length, 500)
  })

  const Cut = {
    which: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: streams.length - 1 })),
    cuts: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 50_000 }))).check(
      Schema.isMaxLength(4)
    ),
    drop: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4 })),
    content: Schema.Boolean
  }

  it.prop("of a stream with holes give facts and valid content", Cut, ({ content, cuts, drop, which }) => {
    const chosen = streams[which]
    assert.isDefined(chosen)
    if (chosen === undefined) return
    const parts = cutAt(chosen.body, cuts).filter((_, i) => i !== drop)
    const read = readResponse(chosen.api, chosen.operation, true, parts, content)
    assert.isBoolean(read.facts.done)
    assert.strictEqual(violations("output", read.content?.outputMessages ?? []), "")
    const noted = readResponse(chosen.api, chosen.operation, true, parts, content, 99)
    assert.deepStrictEqual(noted.facts, read.facts)
    assert.strictEqual(violations("output", noted.content?.outputMessages ?? []), "")
  })

  const noise = Schema.Array(
    Schema.Union([
      Schema.Literals([
        'data: {"choices":[',
        '"usage":{',
        '{"type":"',
        "message_start",
        "response.completed",
        '"output_index":0',
        '"delta":',
        "}",
        "]",
        "\n\n",
        '"',
        "\\",
        "null",
        "1e999",
        "[DONE]"
      ]),
      Schema.String
    ])
  ).check(Schema.isMaxLength(20))
  it.prop(
    "at all give facts",
    {
      noise,
      raw: Schema.Uint8Array,
      api: Schema.Literals(["openai", "anthropic", "responses"]),
      streamed: Schema.Boolean
    },
    ({ api, noise, raw, streamed }) => {
      for (const operation of ["chat", "text_completion", "embeddings"] as const) {
        for (const parts of [[], [raw], [bytes(noise.join(""))], [bytes(noise.join("")), raw]]) {
          assert.isBoolean(readResponse(api, operation, streamed, parts, true).facts.done)
        }
      }
    },
    { arbitrary: { runs: 300 } }
  )
})
