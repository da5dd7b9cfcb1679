import { assert, describe, it } from "@effect/vitest"
import {
  requestFactsWithoutContent,
  responseFactsWithoutContent
} from "../../../src/services/trace/factsWithoutContent.ts"
import { TraceRecord } from "../../../src/services/trace/TraceRecord.ts"
import { headerOf } from "./capturedEvent.ts"
import { REQUEST } from "./events.ts"

describe("facts without content", () => {
  it("are those of a request but for what it wants to be stopped by", () => {
    assert.deepStrictEqual(requestFactsWithoutContent({ model: "m", stopSequences: ["word"], temperature: 0 }), {
      model: "m",
      temperature: 0
    })
  })

  it("are those of an answer but for an error's words", () => {
    const facts = { done: false, finishReasons: ["stop"] }
    assert.deepStrictEqual(responseFactsWithoutContent(facts), facts)
    assert.deepStrictEqual(
      responseFactsWithoutContent({ ...facts, error: { type: "server_error", message: "word" } }),
      {
        ...facts,
        error: { type: "server_error", message: "" }
      }
    )
    assert.deepStrictEqual(responseFactsWithoutContent({ ...facts, error: { type: "a word", message: "word" } }), {
      ...facts,
      error: { type: "_OTHER", message: "" }
    })
  })

  it("are what a record with capture: metadata gives away", () => {
    const record = new TraceRecord({ ...headerOf("r"), capture: "metadata" })
    const json = { ...REQUEST, stop: ["word"] }
    record.request = { api: "chat_completions", json, bytes: Buffer.from(JSON.stringify(json)) }
    const event = record.event()
    assert.deepStrictEqual(event.header.requestFacts, { model: "prod/chat", temperature: 1, topP: 0.5, maxTokens: 64 })
    assert.deepStrictEqual([event.request, event.response], [[], []])
  })
})
