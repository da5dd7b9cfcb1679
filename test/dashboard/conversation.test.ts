import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { isEmpty, readConversation } from "../../src/dashboard/pages/trace/conversation.ts"
import { shellQuote, toCurl, wholeBody } from "../../src/dashboard/pages/trace/curl.ts"
import type { StoredSpan } from "../../src/services/store/TraceSummary.ts"
import { sampleSummaries, sampleTrace } from "./mock/sampleTraces.ts"

const [summary] = sampleSummaries(1, 1_764_000_000_000)
const { spans } = sampleTrace(summary!)
const root = spans[0]!
const withAttributes = (attributes: StoredSpan["attributes"]): StoredSpan => ({ ...root, attributes })

describe("readConversation", () => {
  it("takes the last attempt's messages, the system's first", () => {
    const { input, output, rawInput } = readConversation(spans)
    assert.deepStrictEqual(
      input.map(({ role, parts }) => [role, ...parts.map(({ type }) => type)]),
      [
        ["system", "text"],
        ["user", "text", "blob"],
        ["assistant", "reasoning", "tool_call"],
        ["tool", "tool_call_response"]
      ]
    )
    assert.strictEqual(output[0]!.role, "assistant")
    assert.isUndefined(rawInput)
  })

  it("what is no message stays as it passed", () => {
    const { input, rawInput, rawOutput } = readConversation([
      withAttributes({ "tfy.input": '{"input": "embed me"}', "gateway.provider_error": "bad gateway" })
    ])
    assert.deepStrictEqual(input, [])
    assert.strictEqual(rawInput, '{"input": "embed me"}')
    assert.strictEqual(rawOutput, "bad gateway")
  })

  it("is empty where nothing was captured", () => {
    assert.isTrue(isEmpty(readConversation([withAttributes({})])))
    assert.isFalse(isEmpty(readConversation(spans)))
  })

  it.prop("never throws, whatever the attributes say", [Schema.Unknown, Schema.String], ([value, text]) => {
    const json = JSON.stringify(value) ?? text
    readConversation([withAttributes({ "gen_ai.input.messages": json, "gen_ai.output.messages": text })])
  })
})

describe("toCurl", () => {
  it("quotes for the shell", () => {
    assert.strictEqual(shellQuote(`it's $HOME`), `'it'\\''s $HOME'`)
  })

  it("is the request again, without its token", () => {
    const body = wholeBody(root)!
    assert.strictEqual(
      toCurl(root, body),
      `curl 'http://127.0.0.1:8787/v1/chat/completions' \\
  -H "Authorization: Bearer $SPANGATE_TOKEN" \\
  -H 'Content-Type: application/json' \\
  --data-raw '{"model":"prod/chat","stream":true,"messages":[{"role":"user","content":"It'\\''s a report"}]}'`
    )
  })

  it("brackets an IPv6 address", () => {
    assert.include(
      toCurl(withAttributes({ "server.address": "::1", "server.port": 8787 }), "{}"),
      "'http://[::1]:8787/'"
    )
  })

  it("has no body where it was cut or not captured", () => {
    assert.isUndefined(wholeBody(withAttributes({ "tfy.input": "{", "gateway.input_truncated": true })))
    assert.isUndefined(wholeBody(withAttributes({})))
  })
})
