import { assert, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { lettersOf } from "../../../src/services/export/lettersOf.ts"
import { Permanent } from "../../../src/services/export/TraceSink.ts"
import { decodeFrame } from "../../../src/services/trace/frame.ts"
import { destination } from "./harness.ts"
import { traceEvent } from "./traceEvents.ts"

it("a dead letter says who served its request, so that a replay says it too", () => {
  const sender = { version: "1", instanceId: "i", hostName: "h" }
  const event = { ...traceEvent(), sender }
  const part = { event, spanCount: 1, bytes: new Uint8Array(1), spans: () => [] }
  for (const excludeRequestData of [false, true]) {
    const letters = lettersOf(
      destination("x", { excludeRequestData }),
      [part],
      new Permanent({ reason: "http_400" }),
      0
    )
    const [letter] = letters.values()
    const [again] = Result.getOrThrow(decodeFrame(letter?.frame ?? new Uint8Array()))
    assert.deepStrictEqual(again?.sender, sender)
  }
})
