import { assert, describe, it } from "@effect/vitest"
import { anthropicPassthrough } from "../../../src/services/provider/AnthropicPassthrough.ts"
import type { JsonObject } from "../../../src/services/provider/Api.ts"
import { chatToAnthropic } from "../../../src/services/provider/chatToAnthropic/ChatToAnthropic.ts"
import { messagesToChat } from "../../../src/services/provider/messagesToChat/MessagesToChat.ts"
import { openAiPassthrough } from "../../../src/services/provider/OpenAiPassthrough.ts"
import { readResponse } from "../../../src/services/provider/responseFacts.ts"
import type { StreamTranslator } from "../../../src/services/provider/Translator.ts"
import { bytes, cutAt, eventsOf, forward, request, text } from "./fixtures.ts"

const sse = (data: object) => `data: ${JSON.stringify(data)}\n\n`

const choice = (index: number, finish_reason: string | null, delta: object = { content: "x" }) => ({
  index,
  delta,
  finish_reason
})

const chunk = (...choices: ReadonlyArray<object>) => sse({ id: "1", choices })

const USAGE = sse({ id: "1", choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } })

const asking = { stream_options: { include_usage: true } }

/** The stream closed in order, for a client that asked for usage and for one that did not. */
const ended = (body: string, json: JsonObject = {}, api: "chat_completions" | "completions" = "chat_completions") => {
  const [one, two] = [{}, asking].map((more) => {
    const stream = openAiPassthrough(api).stream(request(api, { model: "m", stream: true, ...json, ...more }))
    forward(stream, cutAt(bytes(body), [7, 40, 90]))
    return { done: stream.done(), error: stream.error() }
  })
  assert.deepStrictEqual(one, two)
  return one
}

const WHOLE = { done: true, error: undefined }
const HALF = { done: false, error: undefined }

describe("a stream of Chat Completions that ends without [DONE]", () => {
  it("is whole once its choice has a reason, whatever comes behind it", () => {
    assert.deepStrictEqual(ended(chunk(choice(0, null)) + chunk(choice(0, "stop"))), WHOLE)
    assert.deepStrictEqual(ended(chunk(choice(0, "stop")) + USAGE), WHOLE)
    assert.deepStrictEqual(ended(`: ping\n\n${chunk(choice(0, "length"))}: bye\n`), WHOLE)
  })

  it("is not before", () => {
    for (const body of [
      "",
      ": ping\n\n",
      USAGE,
      chunk(choice(0, null)),
      // Some providers write the reason that is not there as an empty string.
      chunk(choice(0, "")),
      chunk(choice(0, null, { content: '"finish_reason":"stop"' }))
    ]) {
      assert.deepStrictEqual(ended(body), HALF, body)
    }
  })

  it("may lack the blank line behind its last event, but no byte of the event itself", () => {
    for (const eol of ["\n", "\r\n"]) {
      const last = `${chunk(choice(0, "stop")).trim()}${eol}`
      assert.deepStrictEqual(ended(chunk(choice(0, null)) + last), WHOLE)
      assert.deepStrictEqual(ended(`${chunk(choice(0, null))}data: [DONE]${eol}`), WHOLE)
      assert.deepStrictEqual(ended(chunk(choice(0, null)) + last.slice(0, -eol.length - 1)), HALF)
    }
    assert.deepStrictEqual(ended(`${chunk(choice(0, null))}data: [DONE`), HALF)
  })

  it("is whole when all of several choices are, also in one chunk", () => {
    const n = { n: 3 }
    assert.deepStrictEqual(
      ended(chunk(choice(0, null), choice(1, "stop")) + chunk(choice(2, "stop"), choice(0, "length")), n),
      WHOLE
    )
    assert.deepStrictEqual(ended(chunk(choice(0, null), choice(1, "stop")) + chunk(choice(2, "stop")), n), HALF)
    assert.deepStrictEqual(ended(chunk(choice(0, ""), choice(1, "")), { n: 2 }), HALF)
    // A reason that is said twice is one choice's all the same.
    const twice = chunk(choice(1, "stop")) + chunk(choice(1, "stop")) + chunk(choice(1, "stop"))
    assert.deepStrictEqual(ended(chunk(choice(0, null)) + twice, n), HALF)
  })

  it("is whole with fewer choices than were asked for, as of providers that know no n", () => {
    const calls = { tool_calls: [{ index: 1, function: { name: "f", arguments: '{"index":7}' } }] }
    assert.deepStrictEqual(
      ended(chunk(choice(0, null, calls)) + chunk(choice(0, "tool_calls")) + USAGE, { n: 4 }),
      WHOLE
    )
    assert.deepStrictEqual(ended(USAGE, { n: 4 }), HALF)
  })

  it("is not, where its connection broke before the others could begin", () => {
    const stream = openAiPassthrough("chat_completions").stream(request("chat_completions", { n: 2, stream: true }))
    stream.push(bytes(chunk(choice(0, "stop"))))
    stream.end(true)
    assert.isFalse(stream.done())
  })

  it("has a choice for each prompt of a completion", () => {
    const of = (prompt: unknown, ...finished: ReadonlyArray<number>) => {
      const begun = [0, 1, 2].map((index) => sse({ choices: [{ index, text: "x", finish_reason: null }] }))
      const over = finished.map((index) => sse({ choices: [{ index, text: "", finish_reason: "stop" }] }))
      return ended([...begun, ...over].join(""), { prompt }, "completions")
    }
    assert.deepStrictEqual(of(["a", "b", "c"], 2, 1), HALF)
    assert.deepStrictEqual(of(["a", "b", "c"], 2, 1, 0), WHOLE)
    assert.deepStrictEqual(of([[1], [2], [3]], 0), HALF)
    assert.deepStrictEqual(of([1, 2, 3], 0), WHOLE)
    assert.deepStrictEqual(of("a", 0), WHOLE)
  })

  it("is judged alike where its reason lies on the seam of an event that is too big to be held", () => {
    for (let shift = 0; shift < 40; shift++) {
      const head = `data: {"choices":[{"delta":{"content":"${"x".repeat(65_536 - shift)}`
      for (const [reason, whole] of [
        ["stop", true],
        ["", false]
      ] as const) {
        const body = `${head}"},"finish_reason":"${reason}","index":0}]}\n\n`
        for (const more of [{}, asking]) {
          const chat = request("chat_completions", { stream: true, ...more })
          const stream = openAiPassthrough("chat_completions").stream(chat)
          assert.strictEqual(text(forward(stream, cutAt(bytes(body), [65_580]))), body)
          assert.strictEqual(stream.done(), whole, `${shift}`)
        }
      }
    }
  })

  it("has failed by an event with the name of error, whatever its data", () => {
    for (const [data, type] of [
      ['{"message":"no","type":"overloaded"}', "overloaded"],
      ['{"message":"no","code":503}', "503"],
      ["overloaded", "server_error"],
      ['{"error":"no"}', "server_error"]
    ] as const) {
      for (const name of ["event: error\n", "event:error\r\n"]) {
        const body = `${chunk(choice(0, null))}${name}data: ${data}\n\n`
        assert.deepStrictEqual(ended(body), { done: false, error: type }, body)
      }
      const { facts } = readResponse("openai", "chat", true, [bytes(`event: error\ndata: ${data}\n\n`)], false)
      if (data.startsWith("{")) assert.strictEqual(facts.error?.type, type)
    }
    assert.deepStrictEqual(ended(`event: errors\n${chunk(choice(0, "stop"))}`), WHOLE)
  })

  const passed = (body: string, json: JsonObject = {}, broken?: boolean): string => {
    const stream: StreamTranslator = openAiPassthrough("chat_completions").stream(
      request("chat_completions", { stream: true, ...json })
    )
    return text(stream.push(bytes(body))) + text(stream.end(broken))
  }

  it("drops half an event, which no client could read, but nothing else that has no end", () => {
    const rest = (body: string): string => passed(body)
    const before = chunk(choice(0, null))
    assert.strictEqual(rest(`${before}data: {"choi`), before)
    assert.strictEqual(rest(`${before}: bye`), `${before}: bye`)
    assert.strictEqual(rest('{"error":{"message":"no"}}'), '{"error":{"message":"no"}}')
    const over = chunk(choice(0, "stop"))
    assert.strictEqual(rest(`${over}data: [DON`), over)
    assert.strictEqual(passed(`${over}data: [DONE]\n`, {}, true), `${over}data: [DONE]\n\n\n`)
    assert.strictEqual(passed(`${before}data: [DONE]\n`, {}, true), before)
  })

  it("has the blank line behind its last event for every client, and none that is not missing", () => {
    const before = chunk(choice(0, null))
    const ERROR = sse({ error: { message: "no", type: "overloaded" } })
    for (const eol of ["", "\n", "\r", "\r\n"]) {
      for (const last of [before, chunk(choice(0, "stop")), "data: [DONE]\n\n", ERROR, `event: error\n${sse({})}`]) {
        const sent = before + last.trimEnd() + eol
        for (const more of [{}, asking]) {
          const got = passed(sent, more)
          assert.strictEqual(got, `${sent}\n\n`)
          assert.strictEqual(eventsOf(bytes(got)).length, 2)
          assert.strictEqual(passed(before + last, more), before + last)
        }
        assert.strictEqual(passed(sent, asking, true), sent)
      }
    }
  })

  it("keeps the usage that nobody asked for from its client, also without its blank line", () => {
    const before = chunk(choice(0, "stop"))
    for (const eol of ["", "\n", "\r\n"]) {
      const sent = before + USAGE.trimEnd() + eol
      for (const broken of [false, true]) assert.strictEqual(passed(sent, {}, broken), before)
      assert.strictEqual(passed(sent.slice(0, -eol.length - 1)), before)
      assert.strictEqual(passed(sent, asking), `${sent}\n\n`)
    }
  })
})

describe("a stream of Messages", () => {
  const named = (type: string, members: object = {}) => `event: ${type}\n${sse({ type, ...members })}`
  const START = named("message_start", { message: { id: "1", stop_reason: null, content: [], usage: {} } })
  const STOPPED = START + named("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 1 } })
  const closed = (body: string) => {
    const stream = anthropicPassthrough.stream(request("messages", { model: "m", stream: true }))
    const got = text(forward(stream, cutAt(bytes(body), [3, 50, 120])))
    // The SDK reads no event without its blank line.
    const lacksEnd = !body.endsWith("\n\n") && stream.done()
    assert.strictEqual(got, lacksEnd ? `${body}\n\n` : body)
    if (stream.done()) assert.strictEqual(eventsOf(bytes(got)).at(-1)?.event, "message_stop")
    const { facts } = readResponse("anthropic", "chat", true, [bytes(body)], true)
    assert.strictEqual(stream.done(), facts.done, body)
    return { done: stream.done(), error: stream.error() }
  }

  it("is whole with its final event, for which the SDK waits, and whose blank line may be missing", () => {
    const stop = named("message_stop")
    assert.deepStrictEqual(closed(STOPPED), HALF)
    assert.deepStrictEqual(closed(STOPPED + stop), WHOLE)
    assert.deepStrictEqual(closed(STOPPED + stop.slice(0, -1)), WHOLE)
    assert.deepStrictEqual(closed(STOPPED + stop.slice(0, -2)), WHOLE)
    assert.deepStrictEqual(closed(STOPPED + stop.slice(0, -3)), HALF)
  })

  it("has failed by an event with the name of error", () => {
    const stream = anthropicPassthrough.stream(request("messages", { model: "m", stream: true }))
    stream.push(bytes(`${START}event: error\ndata: {"type":"overloaded_error","message":"no"}\n\n`))
    assert.strictEqual(stream.error(), "overloaded_error")
  })

  it("has failed by one without its blank line too, which the client gets to read", () => {
    const error = named("error", { error: { type: "overloaded_error", message: "no" } })
    for (const less of [1, 2]) {
      const stream = anthropicPassthrough.stream(request("messages", { model: "m", stream: true }))
      const got = forward(stream, [bytes((START + error).slice(0, -less))])
      assert.strictEqual(stream.error(), "overloaded_error")
      assert.strictEqual(eventsOf(got).at(-1)?.event, "error")
    }
  })
})

describe("a translated stream whose last event lacks its blank line", () => {
  const EOLS = ["", "\n", "\r\n"]
  const named = (type: string, members: object = {}) => `event: ${type}\n${sse({ type, ...members })}`
  const toMessages = () => messagesToChat.stream(request("messages", { model: "m", stream: true }))
  const toChat = () => chatToAnthropic.stream(request("chat_completions", { model: "m", stream: true }))

  it("is whole if the event is, of either kind", () => {
    for (const [start, before, last] of [
      [toMessages, chunk(choice(0, null)), chunk(choice(0, "stop"))],
      [toMessages, chunk(choice(0, "stop")), USAGE],
      [toMessages, chunk(choice(0, null)), "data: [DONE]\n\n"],
      [toChat, named("message_start", { message: {} }), named("message_delta", { delta: { stop_reason: "end_turn" } })],
      [toChat, named("message_start", { message: {} }), named("message_stop")]
    ] as const) {
      const expected = text(forward(start(), [bytes(before + last)]))
      for (const eol of EOLS) {
        const stream = start()
        const sent = bytes(before + last.trimEnd() + eol)
        assert.strictEqual(text(forward(stream, cutAt(sent, [9, sent.length - 4]))), expected)
        assert.deepStrictEqual({ done: stream.done(), error: stream.error() }, WHOLE)
      }
    }
  })

  it("is not where the event is cut, or the connection broke behind it", () => {
    const [before, last] = [chunk(choice(0, null)), chunk(choice(0, "stop")).trimEnd()]
    for (const [sent, broken] of [
      [before + last.slice(0, -1), false],
      [`${before + last}\n`, true]
    ] as const) {
      const stream = toMessages()
      const got = text(stream.push(bytes(sent)))
      assert.strictEqual(text(stream.end(broken)), "")
      assert.notInclude(got, "message_stop")
      assert.deepStrictEqual({ done: stream.done(), error: stream.error() }, HALF)
    }
  })

  it("has failed by an error, and by an event with the name of one", () => {
    for (const [start, before] of [
      [toMessages, chunk(choice(0, null))],
      [toChat, named("message_start", { message: {} })]
    ] as const) {
      for (const eol of [...EOLS, "\n\n"]) {
        for (const [error, type] of [
          ['data: {"error":{"message":"no more","type":"overloaded"}}', "overloaded"],
          ['event: error\ndata: {"message":"no more","code":503}', "503"],
          ['event: error\ndata: {"type":"error","error":{"message":"no more","type":"overloaded"}}', "overloaded"]
        ] as const) {
          const stream = start()
          const got = text(forward(stream, [bytes(before + error + eol)]))
          assert.deepStrictEqual({ done: stream.done(), error: stream.error() }, { done: false, error: type })
          assert.include(eventsOf(bytes(got)).at(-1)?.data, "no more")
        }
      }
    }
  })
})
