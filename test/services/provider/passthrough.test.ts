import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { anthropicPassthrough } from "../../../src/services/provider/AnthropicPassthrough.ts"
import { openAiPassthrough } from "../../../src/services/provider/OpenAiPassthrough.ts"
import { bodyOf, bytes, everyByte, forward, request, streams, text } from "./fixtures.ts"

const chat = openAiPassthrough("chat_completions")
const asked = request("chat_completions", { model: "m", stream: true, stream_options: { include_usage: true } })
const silent = request("chat_completions", { model: "m", stream: true })

const USAGE = '{"id":"1","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}'
const hide = (stream: string) => text(forward(chat.stream(silent), [bytes(stream)]))

describe("openAiPassthrough", () => {
  it("asks for usage on streams alone", () => {
    const sent = (api: "chat_completions" | "embeddings", json: object) =>
      text(Result.getOrThrow(openAiPassthrough(api).request(request(api, { ...json, model: "a" }), "b")))
    assert.strictEqual(
      sent("chat_completions", { stream: true }),
      '{"stream_options":{"include_usage":true},"stream":true,"model":"b"}'
    )
    assert.strictEqual(sent("chat_completions", { stream: false }), '{"stream":false,"model":"b"}')
    assert.strictEqual(sent("embeddings", { stream: true }), '{"stream":true,"model":"b"}')
  })

  it("does not ask a provider that would refuse to be asked", () => {
    const sent = (provider: string) => text(Result.getOrThrow(chat.request(silent, "b", provider)))
    assert.strictEqual(sent("mistral_ai"), '{"model":"b","stream":true}')
    assert.include(sent("groq"), "stream_options")
  })

  it("takes an answer as it is, and refuses what is no object", () => {
    const body = bytes(' {"a": 1.0}\n')
    assert.strictEqual(Result.getOrThrow(chat.response(body)), body)
    for (const bad of ["", "<html>", '{"a":', "[1]"]) assert.isTrue(Result.isFailure(chat.response(bytes(bad))))
  })

  it("forwards all when the client asked for usage", () => {
    for (const { api, body } of streams) {
      if (api !== "openai") continue
      assert.deepStrictEqual(forward(chat.stream(asked), everyByte(body)), body)
    }
  })

  it("hides the usage chunk and nothing else when the client did not ask", () => {
    const body = bodyOf("openai-include-usage")
    const lines = text(body).split("\n\n")
    const hidden = lines.filter((line) => !line.includes('"choices":[]'))
    assert.strictEqual(hidden.length, lines.length - 1)
    for (const pieces of [[body], everyByte(body)]) {
      assert.strictEqual(text(forward(chat.stream(silent), pieces)), hidden.join("\n\n"))
    }
  })

  it("hides it with any line ends, wherever they are cut", () => {
    for (const end of ["\n", "\r\n", "\r"]) {
      const event = (data: string) => `data: ${data}${end}${end}`
      const stream = `: hello${end}${end}${event('{"choices":[{"delta":{}}],"usage":null}')}${event(USAGE)}${event("[DONE]")}`
      const kept = stream.replace(event(USAGE), "")
      assert.strictEqual(hide(stream), kept)
      assert.strictEqual(text(forward(chat.stream(silent), everyByte(bytes(stream)))), kept)
    }
  })

  it("forwards an empty choice without usage, a choice with usage, and an error beside usage", () => {
    for (const data of [
      '{"choices":[],"created":0,"id":"","model":"","prompt_filter_results":[{"prompt_index":0}]}',
      '{"choices":[],"usage":null}',
      '{"choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}',
      '{"choices":[{"index":0,"delta":{"content":"\\"choices\\":[], \\"usage\\""}}]}',
      '{"choices":[],"usage":{"prompt_tokens":1},"error":{"message":"x"}}',
      '{"usage":{"choices":[]},"choices":[{"delta":{}}]}'
    ]) {
      assert.strictEqual(hide(`data: ${data}\n\n`), `data: ${data}\n\n`)
    }
    assert.strictEqual(hide(`data: ${USAGE}\n\n`), "")
    assert.strictEqual(hide(`data: ${USAGE.replace("[]", " [ ]").replace('"choices"', '"choices" ')}\n\n`), "")
  })

  it("forwards a whole event with the chunk that ends it", () => {
    const stream = chat.stream(silent)
    assert.strictEqual(text(stream.push(bytes("data: 1\n"))), "")
    assert.strictEqual(text(stream.push(bytes("\ndata: 2\n\nda"))), "data: 1\n\ndata: 2\n\n")
    assert.strictEqual(text(stream.end()), "da")
  })

  it("holds back no event that is too big to be the usage chunk", () => {
    const stream = chat.stream(silent)
    const big = bytes(`data: {"choices":[{"delta":{"content":"${"x".repeat(70_000)}`)
    assert.strictEqual(stream.push(big).length, big.length)
    assert.strictEqual(
      text(stream.push(bytes(`"}}]}\n\ndata: ${USAGE}\n\ndata: [DONE]\n\n`))),
      '"}}]}\n\ndata: [DONE]\n\n'
    )
    assert.isTrue(stream.done())
  })

  it("knows the end by [DONE], in both modes, byte by byte", () => {
    for (const client of [asked, silent]) {
      const stream = chat.stream(client)
      for (const piece of everyByte(bytes('data: {"choices":[{"delta":{"content":"[DONE]"}}]}\n\n'))) stream.push(piece)
      assert.isFalse(stream.done())
      for (const piece of everyByte(bytes("data: [DONE]\r\n\r\n"))) stream.push(piece)
      assert.isTrue(stream.done())
    }
  })

  it("knows the end by the finish reasons of all choices where [DONE] is missing", () => {
    const finish = (index: number) => bytes(`data: {"choices":[{"index":${index},"finish_reason": "stop"}]}\n\n`)
    const one = chat.stream(silent)
    one.push(
      bytes('data: {"choices":[{"finish_reason":null,"delta":{"content":"\\"finish_reason\\":\\"stop\\""}}]}\n\n')
    )
    assert.isFalse(one.done())
    one.push(finish(0))
    assert.isTrue(one.done())
    const two = chat.stream(request("chat_completions", { n: 2, stream: true }))
    two.push(finish(0))
    assert.isFalse(two.done())
    two.push(finish(1))
    assert.isTrue(two.done())
  })

  it("names the error inside a stream", () => {
    for (const pieces of [[bodyOf("groq-tool-use-failed")], everyByte(bodyOf("groq-tool-use-failed"))]) {
      const stream = chat.stream(silent)
      forward(stream, pieces)
      assert.strictEqual(stream.error(), "invalid_request_error")
      assert.isFalse(stream.done())
    }
    const fine = chat.stream(silent)
    fine.push(bytes('data: {"choices":[{"delta":{"content":"error"},"finish_reason":"error"}],"error":null}\n\n'))
    assert.strictEqual(fine.error(), undefined)
  })
})

describe("anthropicPassthrough", () => {
  const messages = request("messages", { model: "a", max_tokens: 1, stream: true, messages: [] })

  it("changes the model alone", () => {
    assert.strictEqual(
      text(Result.getOrThrow(anthropicPassthrough.request(messages, "b"))),
      '{"model":"b","max_tokens":1,"stream":true,"messages":[]}'
    )
  })

  it("forwards every byte and knows the end", () => {
    for (const { api, body, name } of streams) {
      if (api !== "anthropic") continue
      const stream = anthropicPassthrough.stream(messages)
      assert.deepStrictEqual(forward(stream, everyByte(body)), body)
      assert.isTrue(stream.done(), name)
      assert.strictEqual(stream.error(), undefined)
      const cut = anthropicPassthrough.stream(messages)
      cut.push(body.subarray(0, body.length - 60))
      cut.end()
      assert.isFalse(cut.done(), name)
    }
  })

  it("does not take the words of an answer for the end", () => {
    const stream = anthropicPassthrough.stream(messages)
    stream.push(bytes('data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"message_stop"}}\n\n'))
    stream.push(bytes('data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"error"}}\n\n'))
    assert.isFalse(stream.done())
    assert.strictEqual(stream.error(), undefined)
    stream.push(bytes('event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"x"}}\n\n'))
    assert.strictEqual(stream.error(), "overloaded_error")
  })
})
