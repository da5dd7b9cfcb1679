import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { dialectOf } from "../../../src/services/provider/Api.ts"
import type { StreamTranslator } from "../../../src/services/provider/Translator.ts"
import { translatorFor } from "../../../src/services/provider/translators.ts"
import { cutAt, everyByte, forward, request, streams } from "./fixtures.ts"

const clients = [
  request("chat_completions", { model: "m", stream: true }),
  request("chat_completions", { model: "m", stream: true, stream_options: { include_usage: true } }),
  request("messages", { model: "m", stream: true, max_tokens: 1 }),
  request("responses", { model: "m", stream: true })
]

const pairs = streams.flatMap(({ api, body, name }) =>
  clients.flatMap((client) => {
    const provider = api === "responses" ? "openai" : api
    const translator = dialectOf(client.api, provider) === api ? translatorFor(client.api, provider) : undefined
    const asks = client.json["stream_options"] === undefined ? "" : ", asking for usage"
    return translator === undefined
      ? []
      : [{ body, name: `${name} for ${client.api}${asks}`, stream: (): StreamTranslator => translator.stream(client) }]
  })
)

const outcome = (stream: StreamTranslator, pieces: ReadonlyArray<Uint8Array>) => {
  const out = Buffer.from(forward(stream, pieces)).toString("latin1")
  return { out, done: stream.done(), error: stream.error() }
}

describe("every stream translator", () => {
  for (const { body, name, stream } of pairs) {
    it(`gives the same, byte by byte or at once: ${name}`, () => {
      assert.deepStrictEqual(outcome(stream(), everyByte(body)), outcome(stream(), [body]))
    })
  }

  it.prop(
    "gives the same wherever the stream is cut",
    {
      pair: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: pairs.length - 1 })),
      cuts: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 50_000 }))).check(
        Schema.isMaxLength(12)
      )
    },
    ({ cuts, pair }) => {
      const chosen = pairs[pair]
      assert.isDefined(chosen)
      if (chosen === undefined) return
      assert.deepStrictEqual(
        outcome(chosen.stream(), cutAt(chosen.body, cuts)),
        outcome(chosen.stream(), [chosen.body])
      )
    }
  )

  it("exists for every pair that makes sense", () => {
    assert.strictEqual(translatorFor("completions", "anthropic"), undefined)
    assert.strictEqual(translatorFor("embeddings", "anthropic"), undefined)
    assert.strictEqual(translatorFor("responses", "anthropic"), undefined)
    for (const api of ["chat_completions", "completions", "embeddings", "messages", "responses"] as const) {
      assert.isDefined(translatorFor(api, "openai"))
    }
  })
})
