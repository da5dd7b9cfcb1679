import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import type { JsonObject } from "../../../../src/services/provider/Api.ts"
import { messagesToChat } from "../../../../src/services/provider/messagesToChat/MessagesToChat.ts"
import { at, request, text } from "../fixtures.ts"

const hello = { role: "user", content: "Hello" }

const translate = (json: JsonObject, model = "gpt-5-mini") =>
  Result.map(
    messagesToChat.request(request("messages", { model: "a/b", max_tokens: 100, messages: [hello], ...json }), model),
    (body): unknown => JSON.parse(text(body))
  )

const sent = (json: JsonObject, model?: string): unknown => Result.getOrThrow(translate(json, model))

const messages = (...list: ReadonlyArray<unknown>) => at(sent({ messages: list }), "messages")

const refused = (json: JsonObject): unknown => {
  const result = translate(json)
  return Result.isFailure(result) ? result.failure.param : "taken"
}

describe("a Messages request as a chat request", () => {
  it("takes over the parameters", () => {
    assert.deepStrictEqual(
      sent({
        system: [
          { type: "text", text: "One.", cache_control: { type: "ephemeral" } },
          { type: "text", text: "Two." }
        ],
        temperature: 0.3,
        top_p: 0.9,
        top_k: 5,
        stop_sequences: ["END"],
        metadata: { user_id: "u" },
        stream: true
      }),
      {
        model: "gpt-5-mini",
        messages: [{ role: "system", content: "One.\n\nTwo." }, hello],
        max_completion_tokens: 100,
        temperature: 0.3,
        top_p: 0.9,
        stop: ["END"],
        user: "u",
        stream: true,
        stream_options: { include_usage: true }
      }
    )
  })

  it("names the bound as the model knows it", () => {
    for (const model of ["gpt-4o", "o3-mini", "chatgpt-4o-latest", "openai/gpt-5"]) {
      assert.strictEqual(at(sent({}, model), "max_completion_tokens"), 100, model)
    }
    for (const model of ["mistral-small-latest", "deepseek-chat", "openai/gpt-oss-120b", "llama3.1-8b"]) {
      assert.strictEqual(at(sent({}, model), "max_tokens"), 100, model)
    }
  })

  it("spares a strict provider what it would refuse", () => {
    const json = { max_tokens: 1, stream: true, metadata: { user_id: "u" }, messages: [hello] }
    const strict = Result.getOrThrow(messagesToChat.request(request("messages", json), "mistral-small", "mistral_ai"))
    assert.deepStrictEqual(JSON.parse(text(strict)), {
      model: "mistral-small",
      messages: [hello],
      max_tokens: 1,
      stream: true
    })
  })

  it("puts tool results before the rest of the turn, with their images after", () => {
    assert.deepStrictEqual(
      messages(
        hello,
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "t", signature: "signed" },
            { type: "text", text: "Look" },
            { type: "text", text: "ing." },
            { type: "tool_use", id: "t1", name: "f", input: { a: 1 } },
            { type: "tool_use", id: "t2", name: "g", input: {} }
          ]
        },
        {
          role: "user",
          content: [
            { type: "text", text: "Here:" },
            { type: "tool_result", tool_use_id: "t1", content: "not found", is_error: true },
            {
              type: "tool_result",
              tool_use_id: "t2",
              content: [
                { type: "text", text: "a" },
                { type: "text", text: "b" },
                { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } }
              ]
            }
          ]
        }
      ),
      [
        hello,
        {
          role: "assistant",
          content: "Looking.",
          tool_calls: [
            { id: "t1", type: "function", function: { name: "f", arguments: '{"a":1}' } },
            { id: "t2", type: "function", function: { name: "g", arguments: "{}" } }
          ]
        },
        { role: "tool", tool_call_id: "t1", content: "Error: not found" },
        { role: "tool", tool_call_id: "t2", content: "a\nb" },
        {
          role: "user",
          content: [
            { type: "text", text: "Here:" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } }
          ]
        }
      ]
    )
  })

  it("translates images and documents where both sides know them", () => {
    assert.deepStrictEqual(
      at(
        messages({
          role: "user",
          content: [
            { type: "image", source: { type: "url", url: "https://a.example/b.png" } },
            {
              type: "document",
              source: { type: "base64", media_type: "application/pdf", data: "JVBERi0=" },
              title: "a.pdf"
            },
            { type: "document", source: { type: "text", media_type: "text/plain", data: "plain" } },
            { type: "document", source: { type: "content", content: [{ type: "text", text: "inner" }] } }
          ]
        }),
        0,
        "content"
      ),
      [
        { type: "image_url", image_url: { url: "https://a.example/b.png" } },
        { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" } },
        { type: "text", text: "plain" },
        { type: "text", text: "inner" }
      ]
    )
  })

  it("gives thinking back that a provider of this family gave, beside its calls", () => {
    const turn = (signature: string, ...rest: ReadonlyArray<unknown>) =>
      at(messages(hello, { role: "assistant", content: [{ type: "thinking", thinking: "t", signature }, ...rest] }), 1)
    const use = { type: "tool_use", id: "1", name: "f", input: {} }
    assert.strictEqual(at(turn("", use), "reasoning_content"), "t")
    assert.strictEqual(at(turn("signed", use), "reasoning_content"), undefined)
    assert.deepStrictEqual(turn("", { type: "text", text: "x" }), { role: "assistant", content: "x" })
  })

  it("leaves out an assistant's turn with nothing to say to another model", () => {
    assert.deepStrictEqual(
      messages(hello, { role: "assistant", content: [{ type: "redacted_thinking", data: "d" }] }),
      [hello]
    )
  })

  it("translates tools and every way to choose one", () => {
    const tools = [
      { name: "f", description: "d", input_schema: { type: "object" } },
      { type: "custom", name: "g", input_schema: {} }
    ]
    const choice = (tool_choice: JsonObject) => {
      const body = sent({ tools, tool_choice })
      return [at(body, "tool_choice"), at(body, "parallel_tool_calls")]
    }
    assert.deepStrictEqual(at(sent({ tools }), "tools"), [
      { type: "function", function: { name: "f", description: "d", parameters: { type: "object" } } },
      { type: "function", function: { name: "g", parameters: {} } }
    ])
    assert.deepStrictEqual(choice({ type: "auto" }), ["auto", undefined])
    assert.deepStrictEqual(choice({ type: "any", disable_parallel_tool_use: true }), ["required", false])
    assert.deepStrictEqual(choice({ type: "none" }), ["none", undefined])
    assert.deepStrictEqual(choice({ type: "tool", name: "f" }), [
      { type: "function", function: { name: "f" } },
      undefined
    ])
    assert.strictEqual(at(sent({ tool_choice: { type: "auto" } }), "tool_choice"), undefined)
  })

  it("turns thinking into an effort, and a format into a schema", () => {
    const effort = (json: JsonObject) => at(sent(json), "reasoning_effort")
    assert.strictEqual(effort({ thinking: { type: "enabled", budget_tokens: 1024 } }), "low")
    assert.strictEqual(effort({ thinking: { type: "enabled", budget_tokens: 10000 } }), "medium")
    assert.strictEqual(effort({ thinking: { type: "enabled", budget_tokens: 32000 } }), "high")
    assert.strictEqual(effort({ thinking: { type: "adaptive" }, output_config: { effort: "high" } }), "high")
    assert.strictEqual(effort({ thinking: { type: "adaptive" } }), undefined)
    assert.strictEqual(effort({ thinking: { type: "disabled" } }), undefined)
    const schema = { type: "object" }
    assert.deepStrictEqual(
      at(sent({ output_config: { format: { type: "json_schema", schema } } }), "response_format"),
      {
        type: "json_schema",
        json_schema: { name: "structured_output", schema }
      }
    )
  })

  it("refuses what only Anthropic has, and names the member", () => {
    assert.strictEqual(refused({ mcp_servers: [{}] }), "mcp_servers")
    assert.strictEqual(refused({ tools: [{ type: "web_search_20250305", name: "web_search" }] }), "tools")
    assert.strictEqual(refused({ messages: [{ role: "tool", content: "x" }] }), "messages[0].role")
    const block = (content: JsonObject) => refused({ messages: [{ role: "user", content: [content] }] })
    assert.strictEqual(block({ type: "image", source: { type: "file", file_id: "f" } }), "messages[0].content[0]")
    assert.strictEqual(block({ type: "document", source: { type: "url", url: "https://a" } }), "messages[0].content[0]")
    assert.strictEqual(block({ type: "container_upload" }), "messages[0].content[0]")
  })
})
