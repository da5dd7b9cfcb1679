import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { FakeProvider } from "../../../src/layers/fake/FakeProvider.ts"
import { type Fault, parseFault } from "../../../src/layers/fake/provider/Fault.ts"
import { eventData, exchange } from "./httpExchange.ts"

const ANTHROPIC = { "x-api-key": "k", "anthropic-version": "2023-06-01" }
const PROMPT = "four words — 🙂🙂"

const send = (path: string, fault: Fault, more: object) =>
  Effect.gen(function* () {
    const provider = yield* FakeProvider
    provider.script.next(fault)
    const body = { model: "m", max_tokens: 100, messages: [{ role: "user", content: PROMPT }], ...more }
    return yield* exchange(`${provider.origin}${path}`, { body: JSON.stringify(body), headers: ANTHROPIC })
  })

const whole = (fault: Fault) => send("/v1/chat/completions", fault, {})
const stream = (fault: Fault) =>
  send("/v1/chat/completions", fault, { stream: true, stream_options: { include_usage: true } })
const messages = (fault: Fault, more: object = {}) => send("/v1/messages", fault, more)

const layer = FakeProvider.layer()

const contentOf = (text: string) =>
  eventData(text)
    .filter((data) => data !== "[DONE]")
    .map((data) => JSON.parse(data).choices?.[0]?.delta.content ?? "")
    .join("")

describe("faults by status", () => {
  it.effect.each([400, 401, 403, 404, 408, 413, 429, 500, 502, 503, 504, 529])("%i in both dialects", (status) =>
    Effect.gen(function* () {
      const openai = yield* whole(`${status}`)
      assert.strictEqual(openai.status, status)
      assert.hasAllKeys(JSON.parse(openai.text).error, ["message", "type", "param", "code"])
      const anthropic = yield* messages(`${status}`)
      assert.strictEqual(anthropic.status, status)
      assert.strictEqual(JSON.parse(anthropic.text).type, "error")
      assert.strictEqual(anthropic.headers["retry-after"], undefined)
    }).pipe(Effect.provide(layer))
  )

  it.effect("names the errors as the providers do, and sends Retry-After as it is written", () =>
    Effect.gen(function* () {
      const limited = yield* whole("429@Wed, 21 Oct 2026 07:28:00 GMT")
      assert.strictEqual(JSON.parse(limited.text).error.code, "rate_limit_exceeded")
      assert.strictEqual(limited.headers["retry-after"], "Wed, 21 Oct 2026 07:28:00 GMT")
      assert.strictEqual((yield* messages("429@3")).headers["retry-after"], "3")
      assert.strictEqual(JSON.parse((yield* messages("529")).text).error.type, "overloaded_error")
    }).pipe(Effect.provide(layer))
  )
})

describe("faults before and instead of the answer", () => {
  it.effect("reset-before-head", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const answer = yield* whole("reset-before-head")
      assert.deepStrictEqual([answer.status, answer.broken], [0, "ECONNRESET"])
      const [request] = provider.requests()
      assert.strictEqual(yield* request?.ended ?? Effect.succeed("answered"), "broken_off")
    }).pipe(Effect.provide(layer))
  )

  it.effect.each(["hang-before-head", "hang-mid-body"] as const)("%s, until the client leaves", (fault) =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      for (const asked of [whole, stream]) {
        provider.clear()
        const client = yield* Effect.forkChild(asked(fault))
        const [request] = yield* provider.untilRequests(1)
        if (request === undefined) return assert.fail("no request")
        if (fault === "hang-mid-body" && asked === stream) yield* request.sent(1)
        assert.isUndefined(request.outcome)
        yield* Fiber.interrupt(client)
        assert.strictEqual(yield* request.ended, "closed_by_client")
      }
    }).pipe(Effect.provide(layer))
  )

  it.effect("slow-head", () =>
    Effect.gen(function* () {
      const start = performance.now()
      assert.strictEqual((yield* whole("slow-head@40")).status, 200)
      assert.isAtLeast(performance.now() - start, 39)
    }).pipe(Effect.provide(layer))
  )

  it.effect("html and empty, with any status", () =>
    Effect.gen(function* () {
      const html = yield* whole("html@503")
      assert.deepStrictEqual([html.status, html.headers["content-type"]], [503, "text/html"])
      assert.include(html.text, "<h1>503</h1>")
      const empty = yield* messages("empty")
      assert.deepStrictEqual([empty.status, empty.text], [200, ""])
    }).pipe(Effect.provide(layer))
  )

  it.effect("error-in-200, invalid-json, wrong-content-type, huge-body", () =>
    Effect.gen(function* () {
      const error = yield* whole("error-in-200")
      assert.deepStrictEqual([error.status, JSON.parse(error.text).error.type], [200, "server_error"])
      const invalid = yield* whole("invalid-json")
      assert.deepStrictEqual([invalid.status, invalid.headers["content-type"]], [200, "application/json"])
      assert.strictEqual(Number(invalid.headers["content-length"]), invalid.body.length)
      assert.throws(() => JSON.parse(invalid.text))
      const typed = yield* whole("wrong-content-type")
      assert.strictEqual(typed.headers["content-type"], "text/plain")
      assert.property(JSON.parse(typed.text), "choices")
      const huge = yield* messages("huge-body@3000000")
      assert.strictEqual(JSON.parse(huge.text).content[0].text.length, 3_000_000)
    }).pipe(Effect.provide(layer))
  )
})

describe("faults inside the answer", () => {
  it.effect("reset-mid-body and end-mid-body of a whole answer send its first half", () =>
    Effect.gen(function* () {
      const length = (yield* whole("ok")).body.length
      for (const fault of ["reset-mid-body", "end-mid-body"] as const) {
        const answer = yield* whole(fault)
        assert.strictEqual(answer.status, 200)
        assert.strictEqual(answer.broken, "ECONNRESET")
        assert.isBelow(answer.body.length, length)
      }
    }).pipe(Effect.provide(layer))
  )

  it.effect("reset-mid-body and end-mid-body of a stream send so many tokens first", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const reset = yield* stream("reset-mid-body@2")
      assert.deepStrictEqual([reset.status, reset.broken], [200, "ECONNRESET"])
      assert.strictEqual(provider.requests().at(-1)?.tokensSent, 2)
      assert.strictEqual(contentOf(reset.text), "You said:")
      const ended = yield* stream("end-mid-body@3")
      assert.strictEqual(ended.broken, undefined)
      assert.strictEqual(contentOf(ended.text), "You said: four")
      assert.notInclude(ended.text, "[DONE]")
      const request = provider.requests().at(-1)
      assert.strictEqual(yield* request?.ended ?? Effect.succeed("answered"), "broken_off")
    }).pipe(Effect.provide(layer))
  )

  it.effect("slow-first-token comes long after the head", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const client = yield* Effect.forkChild(stream("slow-first-token@60"))
      const [request] = yield* provider.untilRequests(1)
      const start = performance.now()
      yield* request?.sent(1) ?? Effect.void
      assert.isAtLeast(performance.now() - start, 50)
      assert.include((yield* Fiber.join(client)).text, "[DONE]")
    }).pipe(Effect.provide(layer))
  )

  it.effect("no-usage and no-done leave out their event, and nothing else", () =>
    Effect.gen(function* () {
      const good = eventData((yield* stream("ok")).text).length
      const noUsage = yield* stream("no-usage")
      assert.strictEqual(eventData(noUsage.text).length, good - 1)
      assert.notInclude(noUsage.text, "prompt_tokens")
      const noDone = yield* stream("no-done")
      assert.strictEqual(eventData(noDone.text).length, good - 1)
      assert.notInclude(noDone.text, "[DONE]")
      assert.notInclude((yield* messages("no-done", { stream: true })).text, "message_stop")
      assert.notInclude((yield* messages("no-usage", { stream: true })).text, '"usage"')
    }).pipe(Effect.provide(layer))
  )

  it.effect("bad-json-event and garbage stand between two tokens of a stream that goes on", () =>
    Effect.gen(function* () {
      const bad = eventData((yield* stream("bad-json-event@2")).text)
      const broken = bad.filter((data) => {
        try {
          return data !== "[DONE]" && JSON.parse(data) === undefined
        } catch {
          return true
        }
      })
      assert.strictEqual(broken.length, 1)
      assert.strictEqual(bad.at(-1), "[DONE]")
      const garbage = yield* stream("garbage")
      assert.isAbove(garbage.body.indexOf(Buffer.from([0xff, 0xfe])), 0)
      assert.throws(() => new TextDecoder("utf-8", { fatal: true }).decode(garbage.body))
      assert.strictEqual(contentOf(garbage.text), contentOf((yield* stream("ok")).text))
    }).pipe(Effect.provide(layer))
  )

  it.effect("error-event ends a stream that had begun", () =>
    Effect.gen(function* () {
      const openai = eventData((yield* stream("error-event@2")).text)
      assert.strictEqual(JSON.parse(openai.at(-2) ?? "").error.type, "server_error")
      assert.strictEqual(openai.at(-1), "[DONE]")
      const anthropic = yield* messages("error-event@2", { stream: true })
      assert.include(anthropic.text, "event: error\n")
      assert.strictEqual(JSON.parse(eventData(anthropic.text).at(-1) ?? "").error.type, "overloaded_error")
      assert.notInclude(anthropic.text, "message_stop")
    }).pipe(Effect.provide(layer))
  )

  it.effect("split-bytes and split-utf8 change the chunks and not the bytes", () =>
    Effect.gen(function* () {
      // Ids and times differ between two requests, lengths do not.
      const good = yield* stream("ok")
      const bytes = yield* stream("split-bytes")
      assert.strictEqual(contentOf(bytes.text), contentOf(good.text))
      assert.strictEqual(bytes.body.length, good.body.length)
      assert.isTrue(bytes.chunks.every((chunk) => chunk.length === 1))
      const utf8 = yield* stream("split-utf8")
      assert.strictEqual(contentOf(utf8.text), contentOf(good.text))
      const cut = utf8.chunks.filter((chunk) => ((chunk[0] ?? 0) & 0xc0) === 0x80)
      // Three bytes of the dash and four of each face: every one but the first of a character starts a chunk.
      assert.strictEqual(cut.length, 2 + 3 + 3)
    }).pipe(Effect.provide(layer))
  )

  it.effect("crlf and comments change the form and not the content", () =>
    Effect.gen(function* () {
      const good = contentOf((yield* stream("ok")).text)
      const crlf = yield* stream("crlf")
      assert.strictEqual(contentOf(crlf.text), good)
      assert.notMatch(crlf.text, /[^\r]\n/)
      const comments = yield* stream("comments")
      assert.strictEqual(contentOf(comments.text), good)
      assert.match(comments.text, /^: keep-alive$/m)
      assert.strictEqual((yield* stream("wrong-content-type")).headers["content-type"], "text/plain")
    }).pipe(Effect.provide(layer))
  )
})

describe("choosing a fault", () => {
  const ask = (model: string, headers: { readonly [name: string]: string } = {}) =>
    Effect.flatMap(FakeProvider, ({ origin }) =>
      exchange(`${origin}/v1/chat/completions`, {
        body: JSON.stringify({ model, messages: [{ role: "user", content: "x" }] }),
        headers
      })
    ).pipe(Effect.map((answer) => answer.status))

  it.effect("by the script, then by the header, then by the model", () =>
    Effect.gen(function* () {
      const { script } = yield* FakeProvider
      assert.strictEqual(yield* ask("fault-503"), 503)
      assert.strictEqual(yield* ask("fault-503", { "x-fake-fault": "429" }), 429)
      script.next("500", "ok")
      assert.strictEqual(yield* ask("fault-503", { "x-fake-fault": "429" }), 500)
      assert.strictEqual(yield* ask("fault-503"), 200)
      assert.strictEqual(yield* ask("m"), 200)
      script.always("502")
      script.next("504")
      assert.deepStrictEqual([yield* ask("m"), yield* ask("m"), yield* ask("m")], [504, 502, 502])
      script.always("ok")
      assert.strictEqual(yield* ask("m"), 200)
    }).pipe(Effect.provide(layer))
  )

  it("an unknown fault, or a wrong amount, is none", () => {
    for (const text of ["", "302", "resets", "slow-head@soon", "slow-head@-1"]) {
      assert.isTrue(Option.isNone(parseFault(text)), text)
    }
  })
})
