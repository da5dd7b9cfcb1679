import { assert, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { stringify } from "yaml"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { get } from "../e2e/kit/ask.ts"
import { configure, sha256 } from "../e2e/kit/configuration.ts"
import { assertBalanced, metricsOf } from "../e2e/kit/metrics.ts"
import { serving } from "../e2e/kit/Program.ts"
import { temporaryDirectory } from "../e2e/kit/temporaryDirectory.ts"
import { refusingProvider } from "./refusingProvider.ts"
import { assertAll, assertNone, storedBelow } from "./search.ts"
import { traffic } from "./traffic.ts"
import { secrets, type Words, wordsOf } from "./words.ts"

/** Of a destination's entry, by what it promises; each transport has its turn. */
const modes = {
  none: {},
  excluded: { protocol: "grpc", excludeRequestData: true },
  denied: {
    redaction: {
      denyAttributes: [
        "tfy.input",
        "tfy.output",
        "tfy.input_short_hand",
        "tfy.request.metadata",
        "gen_ai.*.messages",
        "gen_ai.system_instructions",
        "gen_ai.tool.definitions",
        "gen_ai.request.stop_sequences",
        "gateway.provider_error"
      ]
    }
  },
  allowed: { redaction: { allowAttributes: ["gen_ai.usage.*", "gen_ai.request.model", "error.type", "http.*"] } },
  masked: { encoding: "json", redaction: { mask: [{ kind: "api-key" }, { kind: "email", with: "hash" }] } }
}
type Mode = keyof typeof modes

/** The whole gateway as a process, a destination of each mode, one that refuses everything and one that is never there. */
const scene = Effect.fnUntraced(function* (capture: "full" | "metadata") {
  let words = wordsOf("unused")
  const provider = Context.get(yield* Layer.build(FakeProvider.layer()), FakeProvider)
  provider.script.style({ text: () => words.said("completion") })
  const refusing = yield* refusingProvider(() => words)
  const middleware = Effect.map(
    Layer.build(FakeMiddleware.layer({ key: secrets.destination, grpcPort: 0 })),
    (context) => Context.get(context, FakeMiddleware)
  )
  const wires = {
    none: yield* middleware,
    excluded: yield* middleware,
    denied: yield* middleware,
    allowed: yield* middleware,
    masked: yield* middleware
  }
  const grudging = yield* middleware
  grudging.always({ status: 400, body: "no" })
  const directory = yield* temporaryDirectory
  const destination = (
    name: string,
    { endpoint, grpcEndpoint }: { readonly endpoint: string; readonly grpcEndpoint?: string | undefined },
    more: object
  ) => ({
    name,
    endpoint: "protocol" in more ? grpcEndpoint : endpoint,
    headers: { Authorization: secrets.destination },
    ...more
  })
  configure(
    directory,
    stringify({
      capture,
      providerAccounts: [
        {
          name: "openai",
          type: "openai",
          baseUrl: `${provider.origin}/v1`,
          apiKey: secrets.openAi,
          models: [{ name: "echo" }, { name: "endless", id: "fault-hang-mid-body" }]
        },
        {
          name: "claude",
          type: "anthropic",
          baseUrl: provider.origin,
          apiKey: secrets.anthropic,
          models: [{ name: "sonnet" }]
        },
        {
          name: "refusing",
          type: "openai-compatible",
          baseUrl: `${refusing}/v1`,
          apiKey: secrets.refusing,
          models: [{ name: "m" }, { name: "page" }]
        }
      ],
      virtualModels: [
        {
          name: "prod/fallback",
          routing: {
            type: "priority",
            targets: [
              { model: "refusing/page", retry: { attempts: 1, delayMs: 0, onStatusCodes: [502] } },
              { model: "openai/echo" }
            ]
          }
        }
      ],
      access: { tokens: [{ subject: "user:alice", sha256: sha256(secrets.token), models: ["*"] }] },
      otel: {
        destinations: [
          ...Object.entries(wires).map(([mode, wire]) => destination(mode, wire, modes[mode as Mode])),
          destination("grudging", grudging, { excludeRequestData: true }),
          destination("away", { endpoint: "http://127.0.0.1:1/v1/traces" }, {})
        ]
      }
    })
  )
  const gateway = yield* serving({ directory })

  const send = Effect.fnUntraced(function* (spoken: Words, headers?: { readonly [name: string]: string }) {
    words = spoken
    const ids = yield* traffic(gateway.url, spoken, headers)
    for (const wire of Object.values(wires)) yield* Effect.forEach(ids, (id) => wire.untilTrace(id), { discard: true })
    yield* Effect.repeat(metricsOf(gateway.url), {
      schedule: Schedule.spaced("20 millis"),
      until: (metrics) => metrics.ledger("grudging").queued === 0
    })
    return ids
  })

  /** What can be searched once the gateway has come to rest. */
  const rest = Effect.gen(function* () {
    const metrics = yield* metricsOf(gateway.url)
    for (const name of [...Object.keys(wires), "grudging", "away"]) assertBalanced(metrics.ledger(name))
    assert.isAbove(metrics.ledger("grudging").deadLettered, 0)
    assert.isAbove(metrics.ledger("away").queued, 0)
    const page = (yield* get(`${gateway.url}/metrics`)).text
    // Told to stop it would wait for the one that is never there.
    gateway.signal("SIGKILL")
    yield* gateway.ended
    const wireOf = (mode: Mode) => Buffer.concat([...wires[mode].payloads()])
    return {
      wireOf,
      everyWire: Buffer.concat([...Object.values(wires), grudging].flatMap((wire) => [...wire.payloads()])),
      refusedWire: Buffer.concat([...grudging.payloads()]),
      disk: storedBelow(`${directory}/data`),
      deadLetters: storedBelow(`${directory}/data`, /dead-?letter/i),
      told: `${gateway.stdout()}${gateway.stderr()}`,
      metrics: page
    }
  })
  return { send, rest }
})

const own = (words: Words): ReadonlyArray<readonly [string, string]> => [["metadata", words.metadata]]
const shaped = (words: Words): ReadonlyArray<readonly [string, string]> =>
  [...words.shaped].flatMap(([place, list]) => list.map((secret) => [place, secret] as const))

it.live("words in every place of a request leave by the modes that let them, and by no other way", () =>
  Effect.gen(function* () {
    const { rest, send } = yield* scene("full")
    const words = wordsOf("logged")
    const unlogged = wordsOf("not logged")
    yield* send(words)
    yield* send(unlogged, { "x-tfy-logging-config": '{"enabled": false}' })
    const { deadLetters, disk, everyWire, metrics, refusedWire, told, wireOf } = yield* rest

    assertAll("the wire without redaction", wireOf("none"), [...words.content, ...own(words), ...shaped(words)])
    assertAll("the spool", disk, words.content)

    assertNone("the wire with Exclude Request Data", wireOf("excluded"), words.content)
    assertNone("the wire that was refused", refusedWire, words.content)
    assertNone("its dead letters", deadLetters, words.content)
    assertAll("the wire with Exclude Request Data", wireOf("excluded"), own(words))

    for (const mode of ["denied", "allowed"] as const) {
      assertNone(`the wire with attributes ${mode}`, wireOf(mode), [...words.content, ...own(words), ...shaped(words)])
    }

    assertNone("the masked wire", wireOf("masked"), shaped(words))
    assertAll("the masked wire", wireOf("masked"), [...words.content, ...own(words)])

    for (const [where, haystack] of [
      ["a wire", everyWire],
      ["the disk", disk],
      ["the log", told],
      ["the metrics", metrics]
    ] as const) {
      assertNone(where, haystack, unlogged.content)
      assertNone(where, haystack, Object.entries(secrets))
    }
    for (const [where, haystack] of [
      ["a wire", everyWire],
      ["the log", told],
      ["the metrics", metrics]
    ] as const) {
      assertNone(where, haystack, [...words.never, ...unlogged.never])
    }
    for (const [where, haystack] of [
      ["the log", told],
      ["the metrics", metrics]
    ] as const) {
      assertNone(where, haystack, [...words.content, ...own(words), ...shaped(words)])
    }
  })
)

it.live("with capture: metadata no word of a request leaves the process or touches the disk", () =>
  Effect.gen(function* () {
    const { rest, send } = yield* scene("metadata")
    const words = wordsOf("metadata only")
    yield* send(words)
    const { disk, everyWire, metrics, told, wireOf } = yield* rest
    for (const [where, haystack] of [
      ["a wire", everyWire],
      ["the disk", disk],
      ["the log", told],
      ["the metrics", metrics]
    ] as const) {
      assertNone(where, haystack, [...words.content, ...words.never, ...Object.entries(secrets)])
    }
    assertAll("the wire", wireOf("none"), own(words))
    assertAll("the disk", disk, own(words))
  })
)
