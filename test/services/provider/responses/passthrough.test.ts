import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { readResponse } from "../../../../src/services/provider/responseFacts.ts"
import { responsesPassthrough } from "../../../../src/services/provider/responses/ResponsesPassthrough.ts"
import { bodyOf, bytes, cutAt, everyByte, forward, request, streams, text } from "../fixtures.ts"

const asked = request("responses", { model: "a", input: "Hi", stream: true, temperature: 1.0 })
const start = () => responsesPassthrough.stream(asked)
const sse = (event: object) => `data: ${JSON.stringify(event)}\n\n`

const fed = (...pieces: ReadonlyArray<string>) => {
  const stream = start()
  for (const piece of pieces) stream.push(bytes(piece))
  return stream
}

interface Written {
  readonly type: string
  readonly form: "first" | "last" | "name" | "lines"
  readonly eol: string
  readonly text: string
}

/** An event as providers write it: its type first, last, in the event's name alone, or its data on many lines. */
const written = ({ eol, form, text, type }: Written): string => {
  const members = { delta: text, code: text, response: { type: "message", error: { code: text, message: text } } }
  const event = form === "first" ? { type, ...members } : form === "name" ? members : { ...members, type }
  const data = JSON.stringify(event, null, form === "lines" ? 1 : 0).split("\n")
  const name = form === "name" ? [`event: ${type}`] : []
  return [...name, ...data.map((line) => `data: ${line}`), "", ""].join(eol)
}

describe("responsesPassthrough", () => {
  it("changes the model alone: usage need not be asked for", () => {
    const body = bytes('{ "model": "prod/chat", "input": "Hi", "stream": true, "top_p": 1.0 }')
    const sent = responsesPassthrough.request({ ...asked, bytes: body }, "gpt-5", "openai")
    assert.strictEqual(
      text(Result.getOrThrow(sent)),
      '{ "model": "gpt-5", "input": "Hi", "stream": true, "top_p": 1.0 }'
    )
  })

  it("takes an answer as it is, and refuses what is no object", () => {
    const body = bytes('{"object": "response"}\n')
    assert.strictEqual(Result.getOrThrow(responsesPassthrough.response(body)), body)
    assert.isTrue(Result.isFailure(responsesPassthrough.response(bytes("<html>"))))
  })

  it("tells errors in OpenAI's envelope", () => {
    const body = bytes('{"error":{"message":"no","type":"invalid_request_error","param":null,"code":null}}')
    assert.strictEqual(responsesPassthrough.error(400, body), body)
    assert.deepInclude(JSON.parse(text(responsesPassthrough.error(502, bytes("<html>")))).error, {
      type: "server_error"
    })
  })

  for (const { api, body, name } of streams) {
    if (api !== "responses") continue
    it(`forwards every byte of ${name}, and knows its end, not a byte early`, () => {
      const stream = start()
      assert.deepStrictEqual(forward(stream, everyByte(body)), body)
      assert.isTrue(stream.done())
      assert.strictEqual(stream.error(), undefined)
      // The blank line is all that may be missing.
      for (const [less, done] of [
        [1, true],
        [2, true],
        [3, false]
      ] as const) {
        const cut = start()
        const sent = body.subarray(0, body.length - less)
        cut.push(sent)
        assert.isFalse(cut.done())
        assert.deepStrictEqual([text(cut.end()), cut.done()], [done ? "\n\n" : "", done])
        const broken = start()
        broken.push(sent)
        broken.end(true)
        assert.isFalse(broken.done())
      }
    })
  }

  it("is done by each of the three final events, by no other, and not by [DONE]", () => {
    for (const type of ["response.completed", "response.incomplete", "response.failed"]) {
      assert.isTrue(fed(sse({ type, response: {} })).done(), type)
      assert.isTrue(fed(sse({ sequence_number: 4, response: { type: "message" }, type })).done(), type)
      assert.isTrue(fed(`event: ${type}\ndata: {"response":{}}\n\n`).done(), type)
      assert.isTrue(fed(`event: ${type}\r\ndata:{"response":\r\ndata:{}}\r\n\r\n`).done(), type)
    }
    for (const type of ["response.in_progress", "response.output_item.done", "response.mcp_call.completed", "error"]) {
      assert.isFalse(fed(sse({ type, response: { type: "response.completed" } })).done(), type)
    }
    assert.isFalse(fed("data: [DONE]\n\n").done())
  })

  it("does not take the words of an answer for an event", () => {
    const stream = fed(
      sse({ type: "response.output_text.delta", delta: "response.completed" }),
      sse({ type: "response.output_text.delta", delta: '"type":"response.completed"' }),
      sse({ type: "response.output_text.done", text: "error", item: { type: "error", error: { message: "x" } } })
    )
    assert.isFalse(stream.done())
    assert.strictEqual(stream.error(), undefined)
  })

  it("speaks from the first delta on", () => {
    const stream = start()
    stream.push(bytes(sse({ type: "response.created", response: { instructions: "x.delta" } })))
    stream.push(bytes(sse({ type: "response.output_item.added", item: { type: "message" } })))
    assert.isFalse(stream.speaking?.())
    stream.push(bytes(sse({ type: "response.output_text.delta", delta: "Hi" })))
    assert.isTrue(stream.speaking?.())
  })

  it("names the error inside a stream, and is done only where the response says that it failed", () => {
    const failed = { type: "response.failed", response: { error: { code: "rate_limit_exceeded", message: "x" } } }
    const error = { type: "error", code: "server_error", message: "x", param: null, sequence_number: 3 }
    const nested = { type: "error", error: { type: "invalid_request_error", code: "bad", message: "x", param: null } }
    for (const [event, type, done] of [
      [failed, "rate_limit_exceeded", true],
      [{ type: "response.failed", response: { error: null } }, "server_error", true],
      [error, "server_error", false],
      [{ type: "error" }, "server_error", false],
      [nested, "invalid_request_error", false],
      [{ error: { message: "x", code: 502 } }, "502", false]
    ] as const) {
      const stream = start()
      assert.deepStrictEqual(forward(stream, everyByte(bytes(sse(event)))), bytes(sse(event)))
      assert.deepStrictEqual([stream.error(), stream.done()], [type, done])
    }
    assert.strictEqual(fed(sse({ type: "response.created", response: { error: null } })).error(), undefined)
  })

  it("judges an event that is too big to be held by its start, once it has ended", () => {
    const big = "x".repeat(1024 * 1024 + 1)
    for (const [head, tail] of [
      ['data: {"type":"response.completed","response":{"instructions":"', `"}}`],
      ['event: response.completed\ndata: {"response":{"instructions":"', '"},"type":"response.completed"}']
    ] as const) {
      const stream = fed(head + big)
      assert.isFalse(stream.done())
      stream.push(bytes(`${tail}\n`))
      assert.isFalse(stream.done())
      stream.push(bytes("\n"))
      assert.isTrue(stream.done())
      assert.strictEqual(stream.error(), undefined)
    }
    const failed = fed(`data: {"type":"response.failed","response":{"instructions":"${big}`, '"}}\n\n')
    assert.deepStrictEqual([failed.error(), failed.done()], ["server_error", true])
  })

  it("takes half an event for none", () => {
    const broken = fed('event: response.completed\ndata: {"type":"response.completed","response":{\n\n')
    assert.deepStrictEqual([broken.done(), broken.error()], [false, undefined])
    assert.isFalse(fed("event: response.completed\ndata: yes\n\n").done())
    assert.isFalse(fed("event: response.completed\n\n").done())
  })

  it.prop(
    "says of any stream's end what its trace reads from it",
    {
      events: Schema.Array(
        Schema.Struct({
          type: Schema.Literals([
            "response.created",
            "response.output_text.delta",
            "response.completed",
            "response.incomplete",
            "response.failed",
            "error",
            "novel"
          ]),
          form: Schema.Literals(["first", "last", "name", "lines"]),
          eol: Schema.Literals(["\n", "\r\n", "\r"]),
          text: Schema.String
        })
      ).check(Schema.isMaxLength(5)),
      cuts: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2000 }))).check(Schema.isMaxLength(8))
    },
    ({ cuts, events }) => {
      const body = bytes(events.map(written).join(""))
      const stream = start()
      assert.deepStrictEqual(forward(stream, cutAt(body, cuts)), body)
      const { facts } = readResponse("responses", "chat", true, [body], true)
      if (events.length === 0) return
      assert.strictEqual(stream.done(), facts.done)
      assert.strictEqual(stream.error()?.toWellFormed(), facts.error?.type)
    }
  )

  it("hides nothing, whatever the request asks for", () => {
    const body = bodyOf("responses-text")
    const client = request("responses", { ...asked.json, stream_options: { include_obfuscation: false } })
    assert.deepStrictEqual(forward(responsesPassthrough.stream(client), [body]), body)
  })
})
