import { assert, describe, it } from "@effect/vitest"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { encodeSpans } from "../../../../src/layers/otlp/encodeTraces.ts"
import type { MaskRule, RedactionRules } from "../../../../src/services/config/CompiledConfig.ts"
import { cutJson } from "../../../../src/services/trace/cutJson.ts"
import { excludeRequestData } from "../../../../src/services/trace/redact.ts"
import { compileRedaction } from "../../../../src/services/trace/redaction/Redaction.ts"
import { sha256 } from "../../../../src/services/trace/sha256.ts"
import { changeSpan } from "../../../../src/services/trace/spans/FinishedSpan.ts"
import type { TraceEvent } from "../../../../src/services/trace/TraceEvent.ts"
import { assertConformant } from "../../../conformance/assertConformant.ts"
import { decodeRequest } from "../../../conformance/decodeRequest.ts"
import { anyEvent, oneOf } from "../eventArbitrary.ts"
import { event, outcomes, REQUEST } from "../events.ts"
import { requestOf, spansOf } from "../exported.ts"
import { leaky } from "../leaky.ts"

const rules = (over: Partial<RedactionRules>): RedactionRules => ({ denyAttributes: [], mask: [], ...over })
const redacted = (of: TraceEvent, over: Partial<RedactionRules>) => compileRedaction(rules(over)).spans(spansOf(of))
const bytesOf = (spans: ReadonlyArray<ReadableSpan>) => Buffer.from(encodeSpans(spans)).toString("latin1")
const namesOf = (spans: ReadonlyArray<ReadableSpan>) => [
  ...new Set(spans.flatMap((span) => Object.keys(span.attributes)))
]

const masks = (how: MaskRule["with"]): ReadonlyArray<MaskRule> => [
  { kind: "api-key", with: how },
  { kind: "email", with: how },
  { kind: "card-number", with: how },
  { kind: "custom", pattern: "EMP-\\d{8}", with: how }
]

const digits = (length: number) =>
  Arbitrary.map(
    Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))), {
      minLength: length,
      maxLength: length
    }),
    (list) => list.join("")
  )

const cardOf = (body: string) =>
  ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
    .map((check) => body + check)
    .find(
      (card) =>
        compileRedaction(rules({ mask: masks("mask") })).resource({ "service.card": card })["service.card"] !== card
    )

/** A secret of each kind, which no JSON or URL escaping changes. */
const secret: Arbitrary.Arbitrary<{ readonly kind: MaskRule["kind"]; readonly word: string }> = Arbitrary.flatMap(
  digits(20),
  (number) =>
    oneOf([
      { kind: "api-key", word: `sk-proj-X${number}` },
      { kind: "api-key", word: `eyJhbGciOi${number}.eyJ${number}.s${number}` },
      { kind: "email", word: `k${number}@mail.example.org` },
      { kind: "card-number", word: cardOf(`4${number.slice(0, 14)}`) ?? "" },
      { kind: "custom", word: `EMP-${number.slice(0, 8)}` }
    ])
)

describe("masks", () => {
  it.prop(
    "let no secret through on any way that a request can end, and leave traces that conform",
    { secret },
    ({ secret: { kind, word } }) => {
      for (const of of leaky(word)) {
        assert.include(bytesOf(spansOf(of)), word, "the test would see it")
        const spans = redacted(of, { mask: masks("mask") })
        const bytes = bytesOf(spans)
        assert.notInclude(bytes, word)
        assert.include(bytes, `[${kind}]`)
        assertConformant([decodeRequest(requestOf(spans))])
      }
    }
  )

  it.prop("that hash give a secret the same name on every way", { secret }, ({ secret: { kind, word } }) => {
    const hash = `[${kind}:${sha256(word).slice(0, 16)}]`
    for (const of of leaky(word)) {
      const bytes = bytesOf(redacted(of, { mask: masks("hash") }))
      assert.notInclude(bytes, word)
      assert.include(bytes, hash)
    }
  })

  const position = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 110 }))
  it.prop("find what the short hand cuts in two", { secret, position }, ({ position, secret: { word } }) => {
    const content = `${"so ".repeat(40).slice(0, position)} ${word}`
    const spans = redacted(event({}, { ...REQUEST, messages: [{ role: "user", content }] }), { mask: masks("mask") })
    const shortHand = String(spans[0]?.attributes["tfy.input_short_hand"] ?? "")
    assert.notInclude(shortHand, word.slice(0, 8))
  })

  /** In one word, and a card number in its groups too. */
  const inGroups = Arbitrary.map(secret, ({ kind, word }) =>
    kind === "card-number" ? [word, (word.match(/.{4}/g) ?? []).join(" ")] : [word]
  )
  const assertNoPiece = (word: string, of: TraceEvent) => {
    const redact = compileRedaction(rules({ mask: masks("mask") })).spans
    const once = redact(spansOf(of))
    const text = once.flatMap((span) => Object.values(span.attributes)).join("\n")
    assert.include(text, " cut]", "the test would see a cut")
    for (let at = 0; at + 6 <= word.length; at++) {
      const piece = word.slice(at, at + 6)
      if (/\d.*\d.*\d/.test(piece)) assert.notInclude(text, piece)
    }
    assert.strictEqual(bytesOf(redact(once)), bytesOf(once), "a second time changes nothing")
  }

  const offset = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 60 }))
  it.prop("find what the capture of a request cuts in two", { inGroups, offset }, ({ inGroups, offset }) => {
    for (const word of inGroups) {
      const filler = "so ".repeat(30_000).slice(0, 65_536 - Math.min(offset, word.length))
      const content = `${filler.slice(0, -1)} ${word} ${"and on ".repeat(20)}`
      const cut = cutJson({ ...REQUEST, messages: [{ role: "user", content }] }, 1_000_000)
      assertNoPiece(word, event({}, Buffer.from(cut).toString()))
    }
  })

  it.prop(
    "find what the capture of an answer cuts in two, or leaves of one on either side of its hole",
    { inGroups, offset, hole: offset, json: Schema.Boolean },
    ({ hole, inGroups, json, offset }) => {
      for (const word of inGroups) {
        const [before, after] = json ? ['{"choices":[{"message":{"content":"so ', ' on"}}]}'] : ["so ", " on"]
        const text = `${before}${word}${after}`
        const from = before.length + Math.min(offset, word.length)
        const to = Math.min(text.length, from + 1 + hole)
        const response = Buffer.from(text.slice(0, from) + text.slice(to))
        const base = event({ responseBytes: text.length, responseTailAt: from })
        assertNoPiece(word, { ...base, response })
      }
    }
  )

  it("find a card number that the short hand cuts between its groups", () => {
    const content = `${"so ".repeat(29)}4111 1111 1111 1111`
    const [root] = redacted(event({}, { ...REQUEST, messages: [{ role: "user", content }] }), { mask: masks("mask") })
    assert.strictEqual(root?.attributes["tfy.input_short_hand"], "so ".repeat(29).trim())
  })

  it("look into strings, lists, events, links and status messages, and leave what is no text", () => {
    const [span] = spansOf(outcomes.completed)
    if (span === undefined) return assert.fail("there is a root")
    const attributes = { text: "a@b.io", texts: ["x", "a@b.io"], numbers: [1, 2], number: 4111111111111111, flag: true }
    const after = { ...attributes, text: "[email]", texts: ["x", "[email]"] }
    const [redacted] = compileRedaction(rules({ mask: masks("mask") })).spans([
      changeSpan(span, {
        attributes,
        status: { code: 2, message: "a@b.io failed" },
        events: [{ name: "a@b.io", time: [1, 1], attributes }],
        links: [{ context: span.spanContext(), attributes }]
      })
    ])
    assert.deepStrictEqual(redacted?.attributes, after)
    assert.deepStrictEqual(redacted?.status, { code: 2, message: "[email] failed" })
    assert.deepStrictEqual(redacted?.events, [{ name: "a@b.io", time: [1, 1], attributes: after }])
    assert.deepStrictEqual(redacted?.links[0]?.attributes, after)
    assert.strictEqual(redacted?.name, span.name)
  })

  it("take the request's own id for no card number", () => {
    const requestId = `${"a".repeat(16)}4111111111111111${"b".repeat(16)}`
    const [root] = redacted(event({ requestId }), { mask: masks("mask") })
    assert.strictEqual(root?.attributes["gateway.request.id"], requestId)
  })

  it("keep the JSON of a request, byte for byte where there is nothing to mask", () => {
    const text =
      '{ "model":"prod/chat","temperature":1.0,\n"messages":[{"role":"user","content":"I am \\u0061@b.io"}] }'
    const [root] = redacted(event({}, text), { mask: masks("mask") })
    assert.strictEqual(root?.attributes["tfy.input"], text.replace("\\u0061@b.io", "[email]"))
  })

  it.prop("change neither what they are given nor a second time what they gave", { of: anyEvent }, ({ of }) => {
    const redact = compileRedaction(rules({ mask: masks("hash") })).spans
    const spans = spansOf(of)
    const before = bytesOf(spans)
    const once = redact(spans)
    assert.strictEqual(bytesOf(spans), before)
    assert.strictEqual(bytesOf(redact(once)), bytesOf(once))
  })
})

describe("attribute rules", () => {
  it("deny names and patterns", () => {
    const spans = redacted(outcomes["completed stream"], {
      denyAttributes: ["tfy.input", "gen_ai.*.messages", "client.*"]
    })
    const before = namesOf(spansOf(outcomes["completed stream"]))
    const gone = before.filter((name) => !namesOf(spans).includes(name))
    assert.sameMembers(gone, ["tfy.input", "gen_ai.input.messages", "gen_ai.output.messages", "client.address"])
  })

  it("allow nothing but what they name, and of that not what they deny", () => {
    const spans = redacted(outcomes.completed, {
      allowAttributes: ["gen_ai.usage.*", "http.route"],
      denyAttributes: ["gen_ai.usage.cache_*"]
    })
    assert.sameMembers(namesOf(spans), [
      "http.route",
      "gen_ai.usage.input_tokens",
      "gen_ai.usage.output_tokens",
      "gen_ai.usage.reasoning.output_tokens"
    ])
  })

  it("allow nothing at all where the list is empty", () => {
    assert.deepStrictEqual(namesOf(redacted(outcomes.completed, { allowAttributes: [] })), [])
  })

  const name = oneOf(["*", "tfy.*", "gen_ai.*", "*.messages", "http.route", "gateway.*", "*model*", "no.such"])
  const names = Arbitrary.array(name, { maxLength: 3 })

  it.prop(
    "hold on every span of every outcome, and touch no id, name, kind, time or code",
    {
      of: oneOf([...Object.values<TraceEvent>(outcomes), ...leaky("word")]),
      allow: names,
      deny: names
    },
    ({ allow, deny, of }) => {
      const like = (list: ReadonlyArray<string>) => (name: string) =>
        list.some((pattern) => new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*")}$`).test(name))
      const before = spansOf(of)
      const after = compileRedaction(rules({ allowAttributes: allow, denyAttributes: deny })).spans(before)
      for (const [index, span] of after.entries()) {
        const kept = Object.keys(before[index]?.attributes ?? {}).filter(
          (name) => like(allow)(name) && !like(deny)(name)
        )
        assert.sameMembers(Object.keys(span.attributes), kept)
      }
      const fixed = (spans: ReadonlyArray<ReadableSpan>) =>
        spans.map((span) => [
          [span.name, span.kind, span.startTime, span.endTime, span.status.code],
          [span.spanContext(), span.parentSpanContext]
        ])
      assert.deepStrictEqual(fixed(after), fixed(before))
    }
  )

  it("let a status message go with the attribute that says the same", () => {
    const status = (over: Partial<RedactionRules>) => redacted(outcomes["provider 5xx"], over)[0]?.status
    const [root] = spansOf(outcomes["provider 5xx"])
    assert.isDefined(root?.status.message)
    assert.deepStrictEqual(status({ denyAttributes: ["gen_ai.*"] }), root?.status)
    assert.deepStrictEqual(status({ denyAttributes: ["tfy.error_message"] }), { code: 2 })
    assert.deepStrictEqual(status({ allowAttributes: ["error.type"] }), { code: 2 })
  })
})

describe("a resource", () => {
  const attributes = { "service.name": "gw", "telemetry.sdk.name": "spangate", "host.name": "h", owner: "a@b.io" }

  it("is denied, allowed and masked as attributes are, but for who sends", () => {
    const of = (over: Partial<RedactionRules>) => compileRedaction(rules(over)).resource(attributes)
    assert.deepStrictEqual(of({ denyAttributes: ["*"] }), { "service.name": "gw", "telemetry.sdk.name": "spangate" })
    assert.deepStrictEqual(of({ allowAttributes: ["owner"], mask: masks("mask") }), {
      "service.name": "gw",
      "telemetry.sdk.name": "spangate",
      owner: "[email]"
    })
  })
})

describe("no rules", () => {
  it("cost nothing: what goes in comes out", () => {
    const { resource, spans } = compileRedaction(rules({}))
    const given = spansOf(outcomes.completed)
    assert.strictEqual(spans(given), given)
    const attributes = { a: "b" }
    assert.strictEqual(resource(attributes), attributes)
  })
})

describe("after Exclude Request Data", () => {
  it("the masks still see what stays", () => {
    const of = event({ subject: "user:alice@example.org", metadata: '{"mail":"bob@example.org"}' })
    const [root] = compileRedaction(rules({ mask: masks("mask") })).spans(excludeRequestData(spansOf(of)))
    assert.strictEqual(root?.attributes["tfy.request.created_by_subject"], "user:[email]")
    assert.strictEqual(root?.attributes["tfy.request.metadata"], '{"mail":"[email]"}')
  })
})
