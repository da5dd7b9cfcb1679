import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import protobuf from "protobufjs"
import { retryDelayMillis } from "../../../src/layers/grpc/retryInfo.ts"

const { root } = protobuf.parse(`
  syntax = "proto3";
  package google.rpc;
  message Any { string type_url = 1; bytes value = 2; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
  message RetryInfo { Duration retry_delay = 1; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
`)
const Status = root.lookupType("google.rpc.Status")
const RetryInfo = root.lookupType("google.rpc.RetryInfo")

const any = (name: string, value: Uint8Array) => ({ typeUrl: `type.googleapis.com/google.rpc.${name}`, value })
const retryInfo = (retryDelay?: object) =>
  any("RetryInfo", RetryInfo.encode(RetryInfo.fromObject(retryDelay === undefined ? {} : { retryDelay })).finish())
const statusWith = (...details: ReadonlyArray<object>) =>
  Status.encode(Status.fromObject({ code: 14, message: "later", details })).finish()

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

describe("retryDelayMillis", () => {
  const rows: ReadonlyArray<readonly [string, Uint8Array, number | undefined]> = [
    ["no bytes", new Uint8Array(0), undefined],
    ["a status without details", statusWith(), undefined],
    ["a status with another detail", statusWith(any("DebugInfo", Buffer.from([0x0a, 1, 0x41]))), undefined],
    ["seven seconds", statusWith(retryInfo({ seconds: 7 })), 7000],
    ["half a second", statusWith(retryInfo({ nanos: 500_000_000 })), 500],
    ["a delay after another detail", statusWith(any("DebugInfo", Buffer.from([1])), retryInfo({ seconds: 1 })), 1000],
    ["a RetryInfo without a delay", statusWith(retryInfo()), 0],
    ["a delay of nothing", statusWith(retryInfo({})), 0],
    ["a negative delay", statusWith(retryInfo({ seconds: -2, nanos: -500_000_000 })), -2500],
    [
      "another prefix of the type",
      statusWith({ ...retryInfo({ seconds: 3 }), typeUrl: "x/google.rpc.RetryInfo" }),
      3000
    ],
    ["a RetryInfo that is no message", statusWith(any("RetryInfo", Buffer.from([0xff]))), undefined],
    ["what is no status", Buffer.from("<html>"), undefined]
  ]
  it.each(rows)("%s", (_, bytes, expected) => {
    assert.strictEqual(retryDelayMillis(bytes), expected)
  })

  it.prop(
    "reads what protobufjs writes",
    { seconds: int(0, 315_576_000_000), nanos: int(0, 999_999_999) },
    ({ nanos, seconds }) => {
      assert.strictEqual(retryDelayMillis(statusWith(retryInfo({ seconds, nanos }))), seconds * 1000 + nanos / 1e6)
    }
  )

  it.prop("takes any bytes", [Schema.Array(int(0, 255)).check(Schema.isMaxLength(40))], ([numbers]) => {
    const delay = retryDelayMillis(Uint8Array.from(numbers))
    assert.isTrue(delay === undefined || !Number.isNaN(delay))
  })
})
