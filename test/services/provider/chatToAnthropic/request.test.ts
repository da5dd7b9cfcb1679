import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import type { JsonObject } from "../../../../src/services/provider/Api.ts"
import { chatToAnthropic } from "../../../../src/services/provider/chatToAnthropic/ChatToAnthropic.ts"
import { at, request, text } from "../fixtures.ts"

const hello = { role: "user", content: "Hello" }

const translate = (json: JsonObject, model = "claude-sonnet-4-5") =>
  Result.map(
    chatToAnthropic.request(request("chat_completions", { model: "a/b", messages: [hello], ...json }), model),
    (body): unknown => JSON.parse(text(body))
  )

const sent = (json: JsonObject, model?: string): unknown => Result.getOrThrow(translate(json, model))

const messages = (...list: ReadonlyArray<unknown>) => at(sent({ messages: list }), "messages")

const refused = (json: JsonObject): unknown => {
  const result = translate(json)
  return Result.isFailure(result) ? result.failure.param : "taken"
}

const call = (id: string, name: string, args: string) => ({ id, type: "function", function: { name, arguments: args } })

describe("a chat request as a Messages request", () => {
  it("says the least where the least is asked", () => {
    assert.deepStrictEqual(sent({}), {
      model: "claude-sonnet-4-5",
      max_tokens: 4096,
      messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }]
    })
  })

  it("takes over the parameters, clamped to what Anthropic knows", () => {
    assert.deepStrictEqual(
      sent({
        max_completion_tokens: 7,
        max_tokens: 9,
        temperature: 1.7,
        top_p: 0.5,
        top_k: 3,
        stop: "END",
        user: "u1",
        stream: true,
        stream_options: { include_usage: true },
        seed: 1,
        presence_penalty: 1,
        logit_bias: { 1: 1 },
        n: 1,
        logprobs: false
      }),
      {
        model: "claude-sonnet-4-5",
        max_tokens: 7,
        messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
        temperature: 1,
        top_p: 0.5,
        top_k: 3,
        stop_sequences: ["END"],
        metadata: { user_id: "u1" },
        stream: true
      }
    )
    assert.strictEqual(at(sent({ top_p: 1 }), "top_p"), undefined)
    assert.deepStrictEqual(at(sent({ stop: ["a", "b"] }), "stop_sequences"), ["a", "b"])
  })

  it("leaves the sampling out for models that refuse it", () => {
    const temperature = (model: string) => at(sent({ temperature: 0.5 }, model), "temperature")
    assert.deepStrictEqual(["claude-opus-4-6", "claude-haiku-4-5-20251001"].map(temperature), [0.5, 0.5])
    assert.deepStrictEqual(["claude-opus-4-7", "claude-sonnet-5", "claude-fable-5"].map(temperature), [
      undefined,
      undefined,
      undefined
    ])
  })

  it("gathers system and developer messages, in any form", () => {
    const list = [
      { role: "system", content: "One." },
      hello,
      { role: "developer", content: [{ type: "text", text: "Two.", cache_control: { type: "ephemeral" } }] }
    ]
    assert.deepStrictEqual(at(sent({ messages: list }), "system"), [
      { type: "text", text: "One." },
      { type: "text", text: "Two.", cache_control: { type: "ephemeral" } }
    ])
    assert.strictEqual(at(sent({ messages: list.slice(0, 2) }), "system"), "One.")
  })

  it("makes a user's turn of a system message that stands alone", () => {
    assert.deepStrictEqual(sent({ messages: [{ role: "system", content: "Do it." }] }), {
      model: "claude-sonnet-4-5",
      max_tokens: 4096,
      messages: [{ role: "user", content: [{ type: "text", text: "Do it." }] }]
    })
  })

  it("merges neighbours of one role and leaves out what is empty", () => {
    assert.deepStrictEqual(
      messages(
        { role: "user", content: "a" },
        {
          role: "user",
          content: [
            { type: "text", text: "b" },
            { type: "text", text: "" }
          ]
        },
        { role: "assistant", content: "" },
        { role: "assistant", content: "c" },
        { role: "assistant", content: null, refusal: "no" },
        { role: "user", content: "d" }
      ),
      [
        {
          role: "user",
          content: [
            { type: "text", text: "a" },
            { type: "text", text: "b" }
          ]
        },
        {
          role: "assistant",
          content: [
            { type: "text", text: "c" },
            { type: "text", text: "no" }
          ]
        },
        { role: "user", content: [{ type: "text", text: "d" }] }
      ]
    )
  })

  it("turns images and PDFs into sources", () => {
    assert.deepStrictEqual(
      at(
        messages({
          role: "user",
          content: [
            { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=", detail: "low" } },
            { type: "image_url", image_url: { url: "https://a.example/b.png" } },
            { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" } }
          ]
        }),
        0,
        "content"
      ),
      [
        { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
        { type: "image", source: { type: "url", url: "https://a.example/b.png" } },
        {
          type: "document",
          source: { type: "base64", media_type: "application/pdf", data: "JVBERi0=" },
          title: "a.pdf"
        }
      ]
    )
  })

  it("turns parallel tool calls and their results into blocks of two turns", () => {
    assert.deepStrictEqual(
      messages(
        hello,
        {
          role: "assistant",
          content: "Looking.",
          tool_calls: [call("c1", "f", '{"a":1}'), call("functions.g:1", "g", "")]
        },
        { role: "tool", tool_call_id: "c1", content: "one" },
        {
          role: "tool",
          tool_call_id: "functions.g:1",
          content: [
            { type: "text", text: "x" },
            { type: "text", text: "y" }
          ]
        },
        { role: "user", content: "and?" }
      ),
      [
        { role: "user", content: [{ type: "text", text: "Hello" }] },
        {
          role: "assistant",
          content: [
            { type: "text", text: "Looking." },
            { type: "tool_use", id: "c1", name: "f", input: { a: 1 } },
            { type: "tool_use", id: "functions_g_1", name: "g", input: {} }
          ]
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "c1", content: "one" },
            {
              type: "tool_result",
              tool_use_id: "functions_g_1",
              content: [
                { type: "text", text: "x" },
                { type: "text", text: "y" }
              ]
            },
            { type: "text", text: "and?" }
          ]
        }
      ]
    )
  })

  it("keeps arguments that are no object as text in one", () => {
    const input = (args: string) =>
      at(messages(hello, { role: "assistant", tool_calls: [call("c", "f", args)] }), 1, "content", 0, "input")
    assert.deepStrictEqual(input('{"a":'), { arguments: '{"a":' })
    assert.deepStrictEqual(input("[1]"), { arguments: "[1]" })
  })

  it("defines the tools of a history that came without", () => {
    const list = [
      hello,
      { role: "assistant", tool_calls: [call("1", "f", "{}"), call("2", "f", "{}")] },
      { role: "tool", tool_call_id: "1", content: "x" }
    ]
    assert.deepStrictEqual(at(sent({ messages: list }), "tools"), [
      { name: "f", input_schema: { type: "object", properties: {} } }
    ])
    assert.deepStrictEqual(at(sent({ messages: list }), "tool_choice"), { type: "none" })
  })

  it("translates tools and every way to choose one", () => {
    const tools = [
      {
        type: "function",
        function: { name: "f", description: "d", strict: true, parameters: { type: "object", properties: { a: {} } } }
      },
      { type: "function", function: { name: "g" } }
    ]
    const choice = (json: JsonObject) => at(sent({ tools, ...json }), "tool_choice")
    assert.deepStrictEqual(at(sent({ tools }), "tools"), [
      { name: "f", description: "d", input_schema: { type: "object", properties: { a: {} } } },
      { name: "g", input_schema: { type: "object", properties: {} } }
    ])
    assert.strictEqual(choice({}), undefined)
    assert.deepStrictEqual(choice({ parallel_tool_calls: false }), { type: "auto", disable_parallel_tool_use: true })
    assert.deepStrictEqual(choice({ tool_choice: "auto" }), { type: "auto" })
    assert.deepStrictEqual(choice({ tool_choice: "none", parallel_tool_calls: false }), { type: "none" })
    assert.deepStrictEqual(choice({ tool_choice: "required", parallel_tool_calls: false }), {
      type: "any",
      disable_parallel_tool_use: true
    })
    assert.deepStrictEqual(choice({ tool_choice: { type: "function", function: { name: "f" } } }), {
      type: "tool",
      name: "f"
    })
    assert.strictEqual(at(sent({ tool_choice: "auto" }), "tool_choice"), undefined)
  })

  it("asks for JSON by schema, or in words where there is none", () => {
    const schema = { type: "object", properties: {}, additionalProperties: false }
    assert.deepStrictEqual(
      at(sent({ response_format: { type: "json_schema", json_schema: { name: "n", schema } } }), "output_config"),
      {
        format: { type: "json_schema", schema }
      }
    )
    assert.match(String(at(sent({ response_format: { type: "json_object" } }), "system")), /JSON object/)
    assert.strictEqual(at(sent({ response_format: { type: "text" } }), "system"), undefined)
  })

  it("refuses what cannot be said, and names the member", () => {
    assert.strictEqual(refused({ n: 2 }), "n")
    assert.strictEqual(refused({ logprobs: true }), "logprobs")
    assert.strictEqual(refused({ modalities: ["text", "audio"] }), "modalities")
    assert.strictEqual(refused({ web_search_options: {} }), "web_search_options")
    assert.strictEqual(refused({ functions: [{ name: "f" }] }), "functions")
    assert.strictEqual(refused({ tools: [{ type: "custom", custom: { name: "f" } }] }), "tools")
    assert.strictEqual(refused({ tool_choice: { type: "allowed_tools" } }), "tool_choice")
    assert.strictEqual(refused({ response_format: { type: "grammar" } }), "response_format")
    assert.strictEqual(refused({ messages: [] }), "messages")
    assert.strictEqual(refused({ messages: [1] }), "messages[0]")
    assert.strictEqual(refused({ messages: [{ role: "function", content: "x" }] }), "messages[0].role")
    const part = (content: JsonObject) => refused({ messages: [{ role: "user", content: [content] }] })
    assert.strictEqual(part({ type: "input_audio", input_audio: {} }), "messages[0].content[0]")
    assert.strictEqual(part({ type: "image_url", image_url: { url: "data:image/png,raw" } }), "messages[0].content[0]")
    assert.strictEqual(part({ type: "file", file: { file_id: "f" } }), "messages[0].content[0]")
  })

  it("refuses nesting that would break the next reader", () => {
    let schema: JsonObject = {}
    for (let i = 0; i < 100_000; i++) schema = { a: schema }
    const deep = {
      api: "chat_completions",
      bytes: new Uint8Array(),
      json: { messages: [hello], tools: [schema] }
    } as const
    assert.isTrue(Result.isFailure(chatToAnthropic.request(deep, "m")))
  })
})

describe("reasoning_effort", () => {
  const thinking = (json: JsonObject, model?: string) => {
    const body = sent({ reasoning_effort: "medium", ...json }, model)
    return [at(body, "thinking"), at(body, "output_config"), at(body, "max_tokens")]
  }

  it("is a budget for models up to Claude 4.5, and for names that say nothing", () => {
    for (const model of [
      "claude-3-7-sonnet-20250219",
      "claude-sonnet-4-20250514",
      "claude-opus-4-5",
      "glm-4.6",
      "my-alias"
    ]) {
      assert.deepStrictEqual(thinking({}, model), [{ type: "enabled", budget_tokens: 4096 }, undefined, 8192], model)
    }
  })

  it("is an effort for later ones", () => {
    for (const model of [
      "claude-opus-4-6",
      "claude-sonnet-5",
      "anthropic.claude-opus-4-7-20260101-v1:0",
      "claude-haiku-5-5",
      "claude-mythos-preview"
    ]) {
      assert.deepStrictEqual(thinking({}, model), [{ type: "adaptive" }, { effort: "medium" }, 8192], model)
    }
    assert.deepStrictEqual(thinking({ reasoning_effort: "xhigh" }, "claude-opus-4-6")[1], { effort: "high" })
    assert.deepStrictEqual(thinking({ reasoning_effort: "xhigh" }, "claude-opus-5")[1], { effort: "xhigh" })
    assert.deepStrictEqual(thinking({ reasoning_effort: "minimal" }, "claude-opus-5")[1], { effort: "low" })
  })

  it("leaves half of a tight bound for the answer, or goes without", () => {
    assert.deepStrictEqual(thinking({ max_tokens: 3000 }), [{ type: "enabled", budget_tokens: 1500 }, undefined, 3000])
    assert.deepStrictEqual(thinking({ max_tokens: 2000 }), [undefined, undefined, 2000])
  })

  it("takes the sampling with it, which Anthropic forbids while thinking", () => {
    const body = sent({ reasoning_effort: "low", temperature: 0.2, top_p: 0.5, top_k: 1 })
    assert.deepStrictEqual(
      [at(body, "temperature"), at(body, "top_p"), at(body, "top_k")],
      [undefined, undefined, undefined]
    )
  })

  it("gives way to a forced tool, and to calls without their thinking", () => {
    const tools = [{ type: "function", function: { name: "f" } }]
    assert.strictEqual(thinking({ tools, tool_choice: "required" })[0], undefined)
    const history = (extra: JsonObject) => ({
      tools,
      messages: [
        hello,
        { role: "assistant", tool_calls: [call("1", "f", "{}")], ...extra },
        { role: "tool", tool_call_id: "1", content: "x" }
      ]
    })
    assert.strictEqual(thinking(history({}))[0], undefined)
    assert.deepStrictEqual(
      thinking(history({ thinking_blocks: [{ type: "thinking", thinking: "t", signature: "s" }] }))[0],
      {
        type: "enabled",
        budget_tokens: 4096
      }
    )
  })

  it("none is said by silence, and so is a word that means nothing", () => {
    assert.deepStrictEqual(thinking({ reasoning_effort: "toString" }), [undefined, undefined, 4096])
    assert.deepStrictEqual(thinking({ reasoning_effort: "none" }), [undefined, undefined, 4096])
  })
})

describe("thinking that the caller sends back", () => {
  const blocks = (message: JsonObject) =>
    at(messages(hello, { role: "assistant", content: "x", ...message }), 1, "content")
  const answer = { type: "text", text: "x" }

  it("keeps its signatures, in our form and beside the text", () => {
    assert.deepStrictEqual(
      blocks({
        reasoning_content: "t",
        thinking_blocks: [
          { index: 0, type: "thinking", thinking: "t", signature: "s" },
          { index: 1, type: "redacted_thinking", data: "d" }
        ]
      }),
      [{ type: "thinking", thinking: "t", signature: "s" }, { type: "redacted_thinking", data: "d" }, answer]
    )
    assert.deepStrictEqual(blocks({ reasoning_content: "t", reasoning_signature: "s" }), [
      { type: "thinking", thinking: "t", signature: "s" },
      answer
    ])
  })

  it("is left out without one", () => {
    assert.deepStrictEqual(blocks({ reasoning_content: "t", thinking_blocks: [{ type: "thinking", thinking: "t" }] }), [
      answer
    ])
    assert.deepStrictEqual(
      blocks({
        content: [
          { type: "thinking", thinking: [] },
          { type: "text", text: "x" }
        ]
      }),
      [answer]
    )
  })
})
