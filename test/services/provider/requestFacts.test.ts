import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { isJsonObject, type JsonObject } from "../../../src/services/provider/Api.ts"
import { readRequestContent, readRequestFacts } from "../../../src/services/provider/requestFacts.ts"
import { jsonOf, Members } from "./anyJson.ts"
import { at } from "./fixtures.ts"
import { violations } from "./schemas.ts"

const APIS = ["chat_completions", "completions", "embeddings", "messages", "responses"] as const

describe("readRequestFacts", () => {
  it("reads a chat request", () => {
    assert.deepStrictEqual(
      readRequestFacts("chat_completions", {
        model: "prod/chat",
        stream: true,
        max_tokens: 5,
        max_completion_tokens: 7,
        temperature: 0,
        top_p: 1,
        top_k: 40,
        frequency_penalty: -0.5,
        presence_penalty: 0.5,
        seed: -3,
        n: 2,
        stop: "END",
        response_format: { type: "json_schema" },
        service_tier: "flex"
      }),
      {
        model: "prod/chat",
        stream: true,
        maxTokens: 7,
        temperature: 0,
        topP: 1,
        topK: 40,
        frequencyPenalty: -0.5,
        presencePenalty: 0.5,
        seed: -3,
        choiceCount: 2,
        stopSequences: ["END"],
        outputType: "json",
        serviceTier: "flex"
      }
    )
  })

  it("reads a Messages request", () => {
    assert.deepStrictEqual(
      readRequestFacts("messages", {
        model: "c",
        max_tokens: 9,
        stop_sequences: ["a", "b"],
        stop: "not Anthropic's",
        output_config: { format: { type: "json_schema" } }
      }),
      { model: "c", maxTokens: 9, stopSequences: ["a", "b"], outputType: "json" }
    )
  })

  it("takes what is of the wrong type for absent", () => {
    assert.deepStrictEqual(
      readRequestFacts("chat_completions", {
        model: 1,
        stream: "yes",
        max_tokens: 1.5,
        temperature: "hot",
        top_p: Number.POSITIVE_INFINITY,
        seed: 2 ** 60,
        n: 1,
        stop: [1, null],
        response_format: "json"
      }),
      {}
    )
  })

  it("knows what kind of output was asked for", () => {
    const type = (json: JsonObject) => readRequestFacts("chat_completions", json).outputType
    assert.strictEqual(type({ modalities: ["text", "audio"] }), "speech")
    assert.strictEqual(type({ modalities: ["image", "text"] }), "image")
    assert.strictEqual(type({ response_format: { type: "text" } }), "text")
    assert.strictEqual(type({ response_format: { type: "json_object" } }), "json")
    assert.strictEqual(type({}), undefined)
  })
})

describe("readRequestContent", () => {
  it("reads a chat, with every kind of part", () => {
    const content = readRequestContent("chat_completions", {
      messages: [
        { role: "developer", content: "Be brief." },
        {
          role: "user",
          name: "ann",
          content: [
            { type: "text", text: "See:" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } },
            { type: "image_url", image_url: "https://a.example/b.png" },
            { type: "input_audio", input_audio: { data: "BB==", format: "wav" } },
            { type: "file", file: { file_id: "file-1" } },
            { type: "file", file: { file_data: "data:application/pdf;base64,CC==" } },
            { type: "novel", x: 1 }
          ]
        },
        {
          role: "assistant",
          content: null,
          reasoning_content: "hm",
          tool_calls: [
            { id: "c1", type: "function", function: { name: "f", arguments: '{"a":1}' } },
            { id: "c2", type: "function", function: { name: "g", arguments: '{"a":' } },
            { id: "c3", type: "custom", custom: { name: "h", input: "free" } }
          ]
        },
        {
          role: "tool",
          tool_call_id: "c1",
          content: [
            { type: "text", text: "x" },
            { type: "text", text: "y" }
          ]
        },
        { role: "assistant", function_call: { name: "old", arguments: "{}" } },
        { role: "function", name: "old", content: "done" }
      ],
      tools: [
        { type: "function", function: { name: "f", description: "d", parameters: { type: "object" } } },
        { type: "custom", custom: { name: "h" } }
      ],
      functions: [{ name: "old" }]
    })
    assert.deepStrictEqual(content.inputMessages, [
      { role: "developer", parts: [{ type: "text", content: "Be brief." }] },
      {
        role: "user",
        parts: [
          { type: "text", content: "See:" },
          { type: "blob", modality: "image", mime_type: "image/png", content: "AA==" },
          { type: "uri", modality: "image", uri: "https://a.example/b.png" },
          { type: "blob", modality: "audio", mime_type: "audio/wav", content: "BB==" },
          { type: "file", modality: "document", file_id: "file-1" },
          { type: "blob", modality: "document", mime_type: "application/pdf", content: "CC==" },
          { type: "novel", x: 1 }
        ],
        name: "ann"
      },
      {
        role: "assistant",
        parts: [
          { type: "reasoning", content: "hm" },
          { type: "tool_call", id: "c1", name: "f", arguments: { a: 1 } },
          { type: "tool_call", id: "c2", name: "g", arguments: '{"a":' },
          { type: "tool_call", id: "c3", name: "h", arguments: "free" }
        ]
      },
      { role: "tool", parts: [{ type: "tool_call_response", id: "c1", response: "x\ny" }] },
      { role: "assistant", parts: [{ type: "tool_call", name: "old", arguments: {} }] },
      { role: "tool", parts: [{ type: "tool_call_response", response: "done" }], name: "old" }
    ])
    assert.deepStrictEqual(content.toolDefinitions, [
      { type: "function", name: "f" },
      { type: "custom", name: "h" },
      { type: "function", name: "old" }
    ])
    assert.strictEqual(content.lastUserText, "See:")
    assert.strictEqual(content.systemInstructions, undefined)
    assert.strictEqual(violations("input", content.inputMessages), "")
    assert.strictEqual(violations("tools", content.toolDefinitions), "")
  })

  it("reads Messages, with the system text apart", () => {
    const content = readRequestContent("messages", {
      system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }],
      messages: [
        { role: "user", content: "Hi" },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "hm", signature: "s" },
            { type: "redacted_thinking", data: "secret" },
            { type: "tool_use", id: "t1", name: "f", input: { a: 1 } },
            { type: "server_tool_use", id: "s1", name: "web_search", input: { query: "q" } },
            { type: "web_search_tool_result", tool_use_id: "s1", content: [{ type: "web_search_result" }] }
          ]
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "t1", content: [{ type: "text", text: "ok" }] },
            { type: "image", source: { type: "url", url: "https://a.example/b.png" } },
            { type: "document", source: { type: "base64", media_type: "application/pdf", data: "CC==" } },
            { type: "document", source: { type: "text", data: "plain" } },
            { type: "image", source: { type: "file", file_id: "f1" } }
          ]
        }
      ],
      tools: [
        { name: "f", input_schema: {} },
        { type: "web_search_20250305", name: "web_search" }
      ]
    })
    assert.deepStrictEqual(content.systemInstructions, [{ type: "text", content: "Be brief." }])
    assert.deepStrictEqual(content.inputMessages, [
      { role: "user", parts: [{ type: "text", content: "Hi" }] },
      {
        role: "assistant",
        parts: [
          { type: "reasoning", content: "hm" },
          { type: "redacted_thinking" },
          { type: "tool_call", id: "t1", name: "f", arguments: { a: 1 } },
          {
            type: "server_tool_call",
            id: "s1",
            name: "web_search",
            server_tool_call: { type: "web_search", input: { query: "q" } }
          },
          {
            type: "server_tool_call_response",
            id: "s1",
            server_tool_call_response: { type: "web_search_tool_result", content: [{ type: "web_search_result" }] }
          }
        ]
      },
      {
        role: "user",
        parts: [
          { type: "tool_call_response", id: "t1", response: "ok" },
          { type: "uri", modality: "image", uri: "https://a.example/b.png" },
          { type: "blob", modality: "document", mime_type: "application/pdf", content: "CC==" },
          { type: "text", content: "plain" },
          { type: "file", modality: "image", file_id: "f1" }
        ]
      }
    ])
    assert.deepStrictEqual(content.toolDefinitions, [
      { type: "function", name: "f" },
      { type: "web_search_20250305", name: "web_search" }
    ])
    assert.strictEqual(content.lastUserText, "plain")
    assert.strictEqual(violations("input", content.inputMessages), "")
    assert.strictEqual(violations("system", content.systemInstructions), "")
  })

  it("does not let a provider's type pass for one of the schema's", () => {
    const parts = (content: unknown) =>
      at(readRequestContent("messages", { messages: [{ role: "user", content }] }).inputMessages, 0, "parts")
    assert.deepStrictEqual(
      parts([
        { type: "file", a: 1 },
        { type: "container_upload", file_id: "f" }
      ]),
      [
        { type: "provider_file", a: 1 },
        { type: "container_upload", file_id: "f" }
      ]
    )
  })

  it("makes a user's message of each prompt and each input", () => {
    const user = (part: object) => ({ role: "user", parts: [part] })
    const read = (prompt: unknown) => readRequestContent("completions", { prompt }).inputMessages
    assert.deepStrictEqual(read("a"), [user({ type: "text", content: "a" })])
    assert.deepStrictEqual(read(["a", "b"]), [
      user({ type: "text", content: "a" }),
      user({ type: "text", content: "b" })
    ])
    assert.deepStrictEqual(read([1, 2]), [user({ type: "tokens", content: [1, 2] })])
    assert.deepStrictEqual(read([[1], [2]]), [
      user({ type: "tokens", content: [1] }),
      user({ type: "tokens", content: [2] })
    ])
    assert.strictEqual(readRequestContent("embeddings", { input: ["x", "y"] }).lastUserText, "y")
  })

  it("is harmless with half characters, NUL, -0 and endless nesting", () => {
    let deep: unknown = -0
    for (let i = 0; i < 200_000; i++) deep = [deep]
    const content = readRequestContent("messages", {
      messages: [
        { role: "user", content: "\ud800 half \0" },
        {
          role: "assistant",
          content: [
            { type: "tool_use", id: "1", name: "f", input: { deep } },
            { type: "odd", deep }
          ]
        }
      ]
    })
    assert.strictEqual(violations("input", content.inputMessages), "")
    assert.strictEqual(at(content.inputMessages, 1, "parts", 0, "arguments"), "[nested too deep]")
    assert.deepStrictEqual(at(content.inputMessages, 1, "parts", 1), { type: "odd" })
    assert.strictEqual(content.lastUserText, "\uFFFD half \0")
  })

  it.prop(
    "is total, and keeps to the schemas, for any JSON",
    {
      turn: Members,
      others: Members,
      api: Schema.Literals(APIS),
      where: Schema.Literals(["messages", "system", "tools"])
    },
    ({ api, others, turn, where }) => {
      const body = jsonOf({ members: [...others, [where, { list: [{ members: turn }] }]] })
      assert.isTrue(isJsonObject(body))
      if (!isJsonObject(body)) return
      readRequestFacts(api, body)
      const content = readRequestContent(api, body)
      assert.strictEqual(violations("input", content.inputMessages ?? []), "")
      assert.strictEqual(violations("system", content.systemInstructions ?? []), "")
      assert.strictEqual(violations("tools", content.toolDefinitions ?? []), "")
    },
    { arbitrary: { runs: 500 } }
  )
})
