import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { readRequestOptions } from "../../../src/services/gateway/RequestOptions.ts"
import { FakeExchange } from "./FakeExchange.ts"

const read = (headers: { readonly [name: string]: string }) => readRequestOptions(new FakeExchange({ headers }))

const good: ReadonlyArray<readonly [string, string, object]> = [
  ["x-tfy-request-timeout", "1", { timeoutMs: 1 }],
  ["x-tfy-request-timeout", "3600000", { timeoutMs: 3_600_000 }],
  ["x-tfy-ttft-timeout-ms", "250", { timeToFirstTokenMs: 250 }],
  ["x-tfy-metadata", '{"team":"ml"}', { metadata: '{"team":"ml"}' }],
  ["x-tfy-metadata", "{}", { metadata: "{}" }],
  ["x-tfy-conversation-id", "c-1", { conversationId: "c-1" }],
  ["x-tfy-logging-config", '{"enabled":false}', { logContent: false }],
  ["x-tfy-logging-config", '{"enabled":true,"more":1}', { logContent: true }],
  ["x-tfy-retry-config", '{"attempts":0}', { retry: { attempts: 0 } }],
  ["x-tfy-retry-config", '{"attempts":10,"delayMs":0}', { retry: { attempts: 10, delayMs: 0 } }],
  [
    "x-tfy-retry-config",
    '{"attempts":1,"onStatusCodes":[429]}',
    { retry: { attempts: 1, onStatusCodes: new Set([429]) } }
  ]
]

const bad: ReadonlyArray<readonly [string, string]> = [
  ...["", " ", "0", "-1", "1.5", "1e9", "3600001", "0x10", "NaN", "Infinity", "1, 2", "\u0661"].flatMap((value) => [
    ["x-tfy-request-timeout", value] as const,
    ["x-tfy-ttft-timeout-ms", value] as const
  ]),
  ...["", "[]", "null", "{", '{"a":1}', '{"a":{}}', `{"a":"${"x".repeat(129)}"}`].map(
    (value) => ["x-tfy-metadata", value] as const
  ),
  ...["", "false", "{}", '{"enabled":"no"}', "{"].map((value) => ["x-tfy-logging-config", value] as const),
  ...[
    "",
    "3",
    "{}",
    '{"attempts":-1}',
    '{"attempts":11}',
    '{"attempts":1.5}',
    '{"attempts":1e999}',
    '{"attempts":1,"delayMs":-1}',
    '{"attempts":1,"delayMs":60001}',
    '{"attempts":1,"onStatusCodes":429}',
    '{"attempts":1,"onStatusCodes":[42]}'
  ].map((value) => ["x-tfy-retry-config", value] as const)
]

describe("readRequestOptions", () => {
  it("logs content and asks for nothing by default", () => {
    assert.deepStrictEqual(Result.getOrThrow(read({})), { logContent: true })
  })

  for (const [name, value, wanted] of good) {
    it(`reads ${name}: ${value}`, () => {
      assert.deepStrictEqual(Result.getOrThrow(read({ [name]: value })), { logContent: true, ...wanted })
    })
  }

  it("refuses everything else, and says which header it was without quoting it", () => {
    for (const [name, value] of bad) {
      const result = read({ [name]: value })
      assert.isTrue(Result.isFailure(result), `${name}: ${value}`)
      if (Result.isSuccess(result)) continue
      assert.strictEqual(result.failure.code, "invalid_header")
      assert.strictEqual(result.failure.status, 400)
      assert.strictEqual(result.failure.param, name)
      assert.include(result.failure.message, name)
      if (value.length > 20) assert.notInclude(result.failure.message, value)
    }
  })

  it("cuts an endless conversation id", () => {
    const { conversationId } = Result.getOrThrow(read({ "x-tfy-conversation-id": "c".repeat(30_000) }))
    assert.strictEqual(conversationId?.length, 512)
  })

  it.prop(
    "never throws",
    {
      name: Schema.Literals([
        "x-tfy-metadata",
        "x-tfy-logging-config",
        "x-tfy-retry-config",
        "x-tfy-request-timeout",
        "x-tfy-ttft-timeout-ms"
      ]),
      value: Schema.String.check(Schema.isMaxLength(40))
    },
    ({ name, value }) => {
      read({ [name]: value })
    }
  )
})
