import { assert, describe, it } from "@effect/vitest"
import type { Attributes } from "@opentelemetry/api"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import * as Schema from "effect/Schema"
import { encodeSpans } from "../../../../src/layers/otlp/encodeTraces.ts"
import type { MaskRule, RedactionRules } from "../../../../src/services/config/CompiledConfig.ts"
import { patternCost } from "../../../../src/services/config/patternCost.ts"
import { compileRedaction } from "../../../../src/services/trace/redaction/Redaction.ts"
import {
  comparisonsPerCharacter,
  MAX_COMPARISONS,
  withinBudget
} from "../../../../src/services/trace/redaction/searchBudget.ts"
import { changeSpan } from "../../../../src/services/trace/spans/FinishedSpan.ts"
import { assertConformant } from "../../../conformance/assertConformant.ts"
import { decodeRequest } from "../../../conformance/decodeRequest.ts"
import { event, outcomes, REQUEST } from "../events.ts"
import { requestOf, spansOf } from "../exported.ts"

const custom = (pattern: string): MaskRule => ({ kind: "custom", pattern, with: "mask" })

const rules = (over: Partial<RedactionRules>): RedactionRules => ({ denyAttributes: [], mask: [], ...over })

const WITHHELD = "gateway.redaction.withheld_characters"

/** As costly as the configuration takes it: 465 comparisons for each character. */
const COSTLY = "[ab]{1,15}[abc]{1,15}x"
const ROOM = Math.floor(MAX_COMPARISONS / patternCost(COSTLY).steps)

const bytesOf = (spans: ReadonlyArray<ReadableSpan>) => Buffer.from(encodeSpans(spans)).toString("latin1")

describe("the budget of a search", () => {
  it("counts each pattern of one's own, and characters that have to be looked up as five", () => {
    assert.strictEqual(comparisonsPerCharacter([]), 0)
    assert.strictEqual(comparisonsPerCharacter([{ kind: "email", with: "mask" }]), 0)
    assert.strictEqual(comparisonsPerCharacter([custom("EMP-\\d{6}")]), 10)
    assert.strictEqual(comparisonsPerCharacter([custom("EMP-\\d{6}"), custom(COSTLY)]), 475)
    assert.strictEqual(comparisonsPerCharacter([custom("EMP-\\p{Lu}{6}")]), 50)
  })

  it("leaves a text unsearched that may cost more than there is, and takes a smaller one after it", () => {
    const seen: Array<number> = []
    const search = withinBudget(
      () => (text) => {
        seen.push(text.length)
        return `masked ${text.length}`
      },
      2 ** 20
    )
    assert.strictEqual(search("a".repeat(257)), undefined)
    assert.strictEqual(search("a".repeat(200)), "masked 200")
    assert.strictEqual(search("a".repeat(57)), undefined)
    assert.strictEqual(search("a".repeat(56)), "masked 56")
    assert.strictEqual(search("b"), undefined)
    // What was searched once is known.
    assert.strictEqual(search("a".repeat(200)), "masked 200")
    assert.deepStrictEqual(seen, [200, 56])
  })

  it.prop(
    "is never exceeded, and where there is no pattern nothing is held back",
    {
      lengths: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2000 }))).check(
        Schema.isMaxLength(30)
      ),
      perCharacter: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 18 })),
      replacements: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 50 })),
      cost: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2 ** 24 }))
    },
    ({ cost, lengths, perCharacter, replacements }) => {
      let spent = 0
      const search = withinBudget(
        (spend) => (text) => {
          spent += text.length * perCharacter
          for (let i = 0; i < replacements && spend(cost); i++) spent += cost
          return text
        },
        perCharacter
      )
      for (const [i, length] of lengths.entries()) {
        const text = String(i).padEnd(length, "a")
        const found = search(text)
        if (perCharacter === 0 && replacements === 0) assert.strictEqual(found, text)
        else if (found !== undefined) assert.strictEqual(found, text)
      }
      assert.isAtMost(spent, MAX_COMPARISONS)
    }
  )
})

describe("a text whose replacements cost too much", () => {
  const paying = (tries: Array<string>) =>
    withinBudget(
      (spend) => (text) => {
        tries.push(text)
        for (const _ of text) if (!spend(2 ** 24)) return "half of it"
        return `masked ${text}`
      },
      0
    )

  it("is given up, is not tried again, and leaves half of the budget to those behind it", () => {
    const tries: Array<string> = []
    const search = paying(tries)
    assert.strictEqual(search("123456789"), undefined)
    assert.strictEqual(search("123456789"), undefined)
    assert.strictEqual(search("abcde"), undefined)
    assert.strictEqual(search("ab"), "masked ab")
    assert.strictEqual(search(""), "masked ")
    assert.deepStrictEqual(tries, ["123456789", "abcde", "ab", ""])
  })

  it("is one that cannot be paid for by what is left, however small its next replacement", () => {
    const search = withinBudget((spend) => (text) => `${spend(MAX_COMPARISONS)} ${spend(1)} ${text}`, 0)
    assert.strictEqual(search("a"), undefined)
  })
})

describe("masks that write much", () => {
  const digits = (count: number) => Array.from({ length: count }, (_, i) => (i * 7) % 10).join("")
  const redacted = (mask: ReadonlyArray<MaskRule>, attributes: Attributes) => {
    const [span] = spansOf(outcomes.completed)
    if (span === undefined) return assert.fail("there is a root")
    const started = performance.now()
    const [found] = compileRedaction(rules({ mask })).spans([changeSpan(span, { attributes })])
    // Some ten times what it takes.
    assert.isBelow(performance.now() - started, 4000)
    return found?.attributes ?? {}
  }
  const hashed = (rule: Omit<MaskRule, "with">): MaskRule => ({ ...rule, with: "hash" })
  const size = (attributes: Attributes) =>
    Object.values(attributes).reduce<number>((sum, of) => sum + String(of).length, 0)

  it("are withheld where they come to too many hashes, and a text behind them is not", () => {
    const text = digits(200_000)
    const mask = [hashed({ kind: "custom", pattern: "\\d" })]
    assert.deepStrictEqual(Object.keys(redacted(mask, { text, model: "gpt" })), ["model", WITHHELD])
    const few = String(redacted(mask, { text: digits(10_000) })["text"])
    assert.match(few, /^(?:\[custom:[0-9a-f]{16}\]){10000}$/)
  })

  it("end within the budget, however many texts there are, of whatever kind, in JSON or not", () => {
    for (const [kind, unit] of [
      ["custom", "7"],
      ["email", "a@b.cc "],
      ["card-number", "4242424242424242 "]
    ] as const) {
      const mask = [hashed(kind === "custom" ? { kind, pattern: "\\d" } : { kind })]
      const attributes = Object.fromEntries(
        Array.from({ length: 40 }, (_, i) => {
          const text = `${i} ${unit.repeat(250_000 / unit.length)}`
          return [`text.${i}`, i % 2 === 0 ? text : JSON.stringify([text])]
        })
      )
      const found = redacted(mask, attributes)
      assert.isAbove(Number(found[WITHHELD]), 5_000_000, kind)
      assert.isBelow(size(found), 3_000_000, kind)
    }
  })

  it("do not grow each other's words without end", () => {
    const mask = ["[a-z0-9]", "[a-z]", "[a-z]", "[a-z]", "[a-z]", "[a-z]"].map(custom)
    assert.deepStrictEqual(Object.keys(redacted(mask, { text: digits(50_000), model: "7" })), ["model", WITHHELD])
  })
})

describe("a request whose texts cost too much to be searched", () => {
  const redact = compileRedaction(rules({ mask: [custom(COSTLY)] })).spans
  const asking = (content: string) => event({}, { ...REQUEST, messages: [{ role: "user", content }] })

  it("leaves without them, says how much, and keeps the rest", () => {
    const content = `${"so ".repeat(ROOM / 3)}aaaaax`
    const before = spansOf(asking(content))
    const spans = redact(before)
    assert.notInclude(bytesOf(spans), "aaaaa")
    assert.notInclude(bytesOf(spans), "so so so so".repeat(20))
    for (const [index, span] of spans.entries()) {
      const gone = Object.entries(before[index]?.attributes ?? {}).filter(([name]) => !(name in span.attributes))
      const size = gone.reduce((sum, [, text]) => sum + String(text).length, 0)
      assert.strictEqual(span.attributes[WITHHELD], size === 0 ? undefined : size)
      for (const [name] of gone) assert.include(["tfy.input", "gen_ai.input.messages"], name)
      assert.isTrue(size === 0 || size > ROOM)
    }
    assert.isDefined(spans[0]?.attributes[WITHHELD])
    assert.strictEqual(spans[0]?.attributes["tfy.model.name"], before[0]?.attributes["tfy.model.name"])
    assert.isDefined(spans[0]?.attributes["tfy.output"])
    assertConformant([decodeRequest(requestOf(spans))])
  })

  it("gives the same every time", () => {
    const spans = spansOf(asking("ab".repeat(ROOM / 3)))
    assert.strictEqual(bytesOf(redact(spans)), bytesOf(redact(spans)))
  })

  it("says nothing of the kind where all were searched", () => {
    for (const of of Object.values(outcomes)) {
      for (const span of redact(spansOf(of))) assert.notProperty(span.attributes, WITHHELD)
    }
  })

  it("loses lists whole, and the words of a status, of events and of links", () => {
    const [span] = spansOf(outcomes.completed)
    if (span === undefined) return assert.fail("there is a root")
    const long = "c".repeat(ROOM + 1)
    const attributes = { list: ["short", long], text: long, count: 3, flags: [true] }
    const left = { count: 3, flags: [true], [WITHHELD]: 2 * long.length + 5 }
    const [redacted] = redact([
      changeSpan(span, {
        attributes,
        status: { code: 2, message: long },
        events: [{ name: "e", time: [1, 1], attributes }],
        links: [{ context: span.spanContext(), attributes }]
      })
    ])
    assert.deepStrictEqual(redacted?.attributes, left)
    assert.deepStrictEqual(redacted?.status, { code: 2 })
    assert.deepStrictEqual(redacted?.events[0]?.attributes, left)
    assert.deepStrictEqual(redacted?.links[0]?.attributes, left)
  })

  it("has no more to search for the count of its attempts, and each request has a budget of its own", () => {
    const [span] = spansOf(outcomes.completed)
    if (span === undefined) return assert.fail("there is a root")
    const half = { a: "c".repeat(ROOM / 2 + 1), b: "d".repeat(ROOM / 2 + 1) }
    for (let request = 0; request < 2; request++) {
      const spans = redact([changeSpan(span, { attributes: half }), changeSpan(span, { attributes: half })])
      for (const { attributes } of spans) assert.deepStrictEqual(attributes, { a: half.a, [WITHHELD]: half.b.length })
    }
  })
})

/** Patterns that the configuration takes, on texts which make each of their tries as long as it can be. */
const HOSTILE: ReadonlyArray<readonly [pattern: string, unit: string]> = [
  [COSTLY, "a"],
  ["(?i:\\p{L}{1,15}\\p{L}{1,15}!)", "漢"],
  ["(\\p{L}{1,4})(\\p{L}{1,4})(\\p{L}{1,4})!", "漢"],
  [".{1,15}.{1,15}\\p{Lu}", "漢"],
  ["(?:aa?){1,6}b", "a"]
]

describe("a hostile text of a million characters for each of many patterns", () => {
  for (const [pattern, unit] of HOSTILE) {
    it(`is searched in bounded time for ${pattern}`, () => {
      const [span] = spansOf(outcomes.completed)
      if (span === undefined) return assert.fail("there is a root")
      const attributes = Object.fromEntries(
        Array.from({ length: 200 }, (_, i) => [`text.${i}`, String(i).padEnd(5000, unit)])
      )
      const many = compileRedaction(rules({ mask: Array.from({ length: 4 }, () => custom(pattern)) }))
      const started = performance.now()
      const [redacted] = many.spans([changeSpan(span, { attributes })])
      // Some ten times what it takes.
      assert.isBelow(performance.now() - started, 4000)
      assert.isAbove(Number(redacted?.attributes[WITHHELD]), 100_000)
      assert.isAbove(Object.keys(redacted?.attributes ?? {}).length, 2, "some of it was searched")
    })
  }
})
