import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { formatTraceparent, parseTraceparent, parseTracestate } from "../../../src/services/trace/traceContext.ts"

interface Expectation {
  readonly outgoing_trace_id?: string
  readonly outgoing_trace_id_not?: string
  readonly outgoing_trace_flags_bit_set?: number
  readonly tracestate_has_key?: string
  readonly tracestate_lacks_key?: string
  readonly tracestate_member?: { readonly [key: string]: string }
  readonly tracestate_contains?: string
  readonly tracestate_length?: number
}

const cases: {
  readonly propagation: ReadonlyArray<{
    readonly id: string
    readonly request_headers: ReadonlyArray<readonly [string, string]>
    readonly expect: ReadonlyArray<Expectation>
  }>
  readonly traceparent_parse_any_version: ReadonlyArray<{ traceparent: string; parses_as_any_version: boolean }>
  readonly traceparent_parse_version_00: ReadonlyArray<{ traceparent: string; valid_version_00: boolean }>
  readonly tracestate_facts: ReadonlyArray<{
    tracestate?: string
    out?: string
    set_key?: string
    set_value?: string
    valid?: boolean
  }>
} = JSON.parse(readFileSync(new URL("../../fixtures/w3c/trace-context-cases.json", import.meta.url), "utf8"))

/** A server's headers as Node gives them: names in lower case, repeated ones joined. */
const received = (headers: ReadonlyArray<readonly [string, string]>, name: string): string | undefined => {
  const values = headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(", ")
}

const membersOf = (state: string | undefined): ReadonlyArray<readonly [string, string]> =>
  (state?.split(",") ?? []).map((member) => {
    const at = member.indexOf("=")
    return [member.slice(0, at), member.slice(at + 1)]
  })

describe("W3C test suite", () => {
  for (const { id, request_headers, expect } of cases.propagation) {
    it(id, () => {
      const traceparent = received(request_headers, "traceparent")
      const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent)
      const tracestate = received(request_headers, "tracestate")
      const state = parent === undefined || tracestate === undefined ? undefined : parseTracestate(tracestate)
      const members = membersOf(state)
      assert.notStrictEqual(state, "")
      for (const wanted of expect) {
        if (wanted.outgoing_trace_id !== undefined) assert.strictEqual(parent?.traceId, wanted.outgoing_trace_id)
        if (wanted.outgoing_trace_id_not !== undefined) {
          assert.notStrictEqual(parent?.traceId, wanted.outgoing_trace_id_not)
        }
        const flag = wanted.outgoing_trace_flags_bit_set
        if (flag !== undefined) assert.strictEqual((parent?.flags ?? 0) & flag, flag)
        const key = wanted.tracestate_has_key
        if (key !== undefined)
          assert.isTrue(
            members.some(([name]) => name === key),
            key
          )
        const lacking = wanted.tracestate_lacks_key
        if (lacking !== undefined)
          assert.isFalse(
            members.some(([name]) => name === lacking),
            lacking
          )
        for (const [name, value] of Object.entries(wanted.tracestate_member ?? {})) {
          assert.isTrue(
            members.some((member) => member[0] === name && member[1] === value),
            `${name}=${value}`
          )
        }
        if (wanted.tracestate_contains !== undefined) assert.include(state, wanted.tracestate_contains)
        if (wanted.tracestate_length !== undefined) assert.strictEqual(members.length, wanted.tracestate_length)
      }
    })
  }

  it.each(cases.traceparent_parse_any_version)("traceparent $traceparent", ({ traceparent, parses_as_any_version }) => {
    assert.strictEqual(parseTraceparent(traceparent) !== undefined, parses_as_any_version)
  })

  it.each(cases.traceparent_parse_version_00.filter(({ traceparent }) => traceparent.startsWith("00")))(
    "traceparent $traceparent",
    ({ traceparent, valid_version_00 }) => {
      assert.strictEqual(parseTraceparent(traceparent) !== undefined, valid_version_00)
    }
  )

  it("tracestate facts", () => {
    for (const fact of cases.tracestate_facts) {
      if (fact.tracestate !== undefined) assert.strictEqual(parseTracestate(fact.tracestate), fact.out)
      if (fact.set_key !== undefined) {
        assert.strictEqual(parseTracestate(`${fact.set_key}=1`) !== undefined, fact.valid, fact.set_key)
      }
      if (fact.set_value !== undefined) {
        assert.strictEqual(parseTracestate(`a=${fact.set_value}`) !== undefined, fact.valid, fact.set_value)
      }
    }
  })
})

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
const SPAN_ID = "b7ad6b7169203331"

const hex = (digits: number) =>
  Arbitrary.filter(
    Arbitrary.map(
      Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 15 }))), {
        minLength: digits,
        maxLength: digits
      }),
      (nibbles) => nibbles.map((nibble) => nibble.toString(16)).join("")
    ),
    (id) => !/^0+$/.test(id)
  )

/** Text near the grammar's edges. */
const garbage = Arbitrary.map(
  Arbitrary.array(
    Arbitrary.schema(
      Schema.Literals([
        "00",
        "ff",
        "-",
        "0",
        "a",
        "F",
        TRACE_ID,
        SPAN_ID,
        " ",
        "\t",
        ",",
        "=",
        "@",
        "foo",
        "\u0000",
        "é",
        "\ud800"
      ])
    ),
    { maxLength: 12 }
  ),
  (parts) => parts.join("")
)

describe("parseTraceparent", () => {
  it.prop(
    "reads what formatTraceparent writes",
    { traceId: hex(32), spanId: hex(16), flags: Schema.Literals([0, 1, 2, 3]) },
    (context) => {
      assert.deepStrictEqual(parseTraceparent(formatTraceparent(context)), context)
    }
  )

  it.prop("takes no garbage, and never throws", { header: garbage }, ({ header }) => {
    const parent = parseTraceparent(header)
    if (parent !== undefined)
      assert.match(header.trim(), /^(?!ff)[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-|$)/)
  })

  it("knows no upper case, no zero ids, and no flags but sampled and random", () => {
    const header = `00-${TRACE_ID}-${SPAN_ID}-01`
    assert.deepStrictEqual(parseTraceparent(header), { traceId: TRACE_ID, spanId: SPAN_ID, flags: 1 })
    assert.isUndefined(parseTraceparent(header.toUpperCase()))
    assert.isUndefined(parseTraceparent(header.replace(TRACE_ID, "0".repeat(32))))
    assert.isUndefined(parseTraceparent(header.replace(SPAN_ID, "0".repeat(16))))
    assert.isUndefined(parseTraceparent(""))
    assert.isUndefined(parseTraceparent(`${header},${header}`))
    assert.strictEqual(parseTraceparent(`00-${TRACE_ID}-${SPAN_ID}-ff`)?.flags, 3)
    assert.strictEqual(parseTraceparent(`cc-${TRACE_ID}-${SPAN_ID}-09-more`)?.flags, 1)
  })
})

describe("parseTracestate", () => {
  it.prop("takes no garbage, and never throws", { lines: Arbitrary.array(garbage, { maxLength: 3 }) }, ({ lines }) => {
    const state = parseTracestate(lines)
    if (state === undefined) return
    assert.strictEqual(parseTracestate(state), state)
    for (const member of state.split(","))
      assert.match(member, /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/)
  })

  it("discards the whole list for one bad member, and for the 33rd", () => {
    const members = Array.from({ length: 33 }, (_, index) => `k${index}=v`)
    assert.strictEqual(parseTracestate(members.slice(0, 32)), members.slice(0, 32).join(","))
    assert.isUndefined(parseTracestate(members))
    assert.isUndefined(parseTracestate(["good=1", "Bad=2"]))
    assert.isUndefined(parseTracestate("good=1,novalue="))
    assert.isUndefined(parseTracestate(`a=${"v".repeat(257)}`))
    assert.strictEqual(parseTracestate(`a=${"v".repeat(256)}`)?.length, 258)
    assert.isUndefined(parseTracestate(`${"k".repeat(257)}=v`))
    assert.strictEqual(parseTracestate(`${"k".repeat(256)}=v`)?.length, 258)
    assert.isUndefined(parseTracestate(" , ,"))
  })
})
