import { assert, describe, it } from "@effect/vitest"
import { readRequestContent, readRequestFacts } from "../../../../src/services/provider/requestFacts.ts"
import { violations } from "../schemas.ts"

const content = (json: object) => readRequestContent("responses", { model: "m", ...json })

describe("the facts of a Responses request", () => {
  it("are its parameters as sent", () => {
    assert.deepStrictEqual(
      readRequestFacts("responses", {
        model: "prod/chat",
        stream: true,
        max_output_tokens: 64,
        max_completion_tokens: 3,
        temperature: 0,
        top_p: 1,
        text: { format: { type: "json_schema", name: "s", schema: {} } },
        service_tier: "flex",
        conversation: "conv_1",
        previous_response_id: "resp_1",
        reasoning: { effort: "low" }
      }),
      {
        model: "prod/chat",
        stream: true,
        maxTokens: 64,
        temperature: 0,
        topP: 1,
        outputType: "json",
        serviceTier: "flex",
        conversationId: "conv_1"
      }
    )
  })

  it("have a conversation where the request names one, and never an invented one", () => {
    const conversation = (json: object) => readRequestFacts("responses", { ...json }).conversationId
    assert.strictEqual(conversation({ conversation: { id: "conv_2" } }), "conv_2")
    assert.strictEqual(conversation({ conversation: null, previous_response_id: "resp_1" }), undefined)
    assert.strictEqual(readRequestFacts("chat_completions", { conversation: "x" }).conversationId, undefined)
  })
})

describe("the content of a Responses request", () => {
  it("is a user's text where input is one", () => {
    assert.deepStrictEqual(content({ input: "Hello", instructions: "Be kind." }), {
      inputMessages: [{ role: "user", parts: [{ type: "text", content: "Hello" }] }],
      systemInstructions: [{ type: "text", content: "Be kind." }],
      lastUserText: "Hello"
    })
  })

  it("has messages of every kind of part", () => {
    const read = content({
      input: [
        { role: "developer", content: "Be brief." },
        {
          type: "message",
          role: "user",
          content: [
            { type: "input_text", text: "What is it?" },
            { type: "input_image", image_url: "https://a/b.png", detail: "auto" },
            { type: "input_image", image_url: "data:image/png;base64,AA==" },
            { type: "input_image", file_id: "file_1" },
            { type: "input_file", file_id: "file_2" },
            { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,AA==" },
            { type: "input_file", file_url: "https://a/b.pdf" },
            { type: "input_audio", input_audio: { data: "AA==", format: "wav" } },
            { type: "novel", a: 1 }
          ]
        }
      ]
    })
    assert.deepStrictEqual(read.inputMessages, [
      { role: "developer", parts: [{ type: "text", content: "Be brief." }] },
      {
        role: "user",
        parts: [
          { type: "text", content: "What is it?" },
          { type: "uri", modality: "image", uri: "https://a/b.png" },
          { type: "blob", modality: "image", mime_type: "image/png", content: "AA==" },
          { type: "file", modality: "image", file_id: "file_1" },
          { type: "file", modality: "document", file_id: "file_2" },
          { type: "blob", modality: "document", mime_type: "application/pdf", content: "AA==" },
          { type: "uri", modality: "document", uri: "https://a/b.pdf" },
          { type: "blob", modality: "audio", mime_type: "audio/wav", content: "AA==" },
          { type: "novel", a: 1 }
        ]
      }
    ])
    assert.strictEqual(violations("input", read.inputMessages), "")
    assert.strictEqual(read.lastUserText, "What is it?")
  })

  it("has an assistant's turn, item by item, as one message, and what tools gave as a tool's", () => {
    const read = content({
      input: [
        { role: "user", content: "Weather?" },
        { type: "reasoning", id: "rs", summary: [{ type: "summary_text", text: "Look it up." }] },
        { type: "message", role: "assistant", content: [{ type: "output_text", text: "Wait." }] },
        { type: "function_call", call_id: "c1", name: "weather", arguments: '{"city":"Oslo"}' },
        { type: "function_call", call_id: "c2", name: "weather", arguments: '{"city"' },
        { type: "function_call_output", call_id: "c1", output: "Sunny" },
        {
          type: "function_call_output",
          call_id: "c2",
          output: [
            { type: "input_text", text: "Rain" },
            { type: "input_text", text: "Wind" }
          ]
        },
        { type: "shell_call_output", call_id: "c3", output: [] },
        { type: "item_reference", id: "msg_1" }
      ]
    })
    assert.deepStrictEqual(read.inputMessages, [
      { role: "user", parts: [{ type: "text", content: "Weather?" }] },
      {
        role: "assistant",
        parts: [
          { type: "reasoning", content: "Look it up." },
          { type: "text", content: "Wait." },
          { type: "tool_call", id: "c1", name: "weather", arguments: { city: "Oslo" } },
          { type: "tool_call", id: "c2", name: "weather", arguments: '{"city"' }
        ]
      },
      { role: "tool", parts: [{ type: "tool_call_response", id: "c1", response: "Sunny" }] },
      { role: "tool", parts: [{ type: "tool_call_response", id: "c2", response: "Rain\nWind" }] },
      { role: "tool", parts: [{ type: "shell_call_output", call_id: "c3", output: [] }] },
      { role: "assistant", parts: [{ type: "item_reference", id: "msg_1" }] }
    ])
    assert.strictEqual(violations("input", read.inputMessages), "")
    assert.strictEqual(read.lastUserText, "Weather?")
  })

  it("names its tools: functions, the built-in ones by their type, servers by their label", () => {
    const read = content({
      input: "x",
      tools: [
        { type: "function", name: "f", description: "long", parameters: {} },
        { type: "custom", name: "sh" },
        { type: "web_search" },
        { type: "mcp", server_label: "dice", server_url: "https://secret" }
      ]
    })
    assert.deepStrictEqual(read.toolDefinitions, [
      { type: "function", name: "f" },
      { type: "custom", name: "sh" },
      { type: "web_search", name: "web_search" },
      { type: "mcp", name: "dice" }
    ])
    assert.strictEqual(violations("tools", read.toolDefinitions), "")
  })

  it("may be absent: a prompt, a conversation or an earlier answer has it", () => {
    assert.deepStrictEqual(content({ previous_response_id: "resp_1" }), {})
    assert.deepStrictEqual(content({ input: [null, 7], instructions: {} }), {})
  })
})
