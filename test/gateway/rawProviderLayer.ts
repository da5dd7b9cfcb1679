import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type RawProvider as Provider, rawProvider } from "../layers/undici/rawProvider.ts"
import { gatewayLayer, sha256, TOKEN } from "./harness.ts"

/** A provider that says nothing but what the test lets it say, byte by byte. */
export class RawProvider extends Context.Service<RawProvider, Provider>()("test/gateway/RawProvider") {}

const yaml = (origin: string) => `
providerAccounts:
  - { name: raw, type: openai-compatible, baseUrl: "${origin}/v1", models: [{ name: m }] }
access: { tokens: [{ subject: "user:alice", sha256: ${sha256(TOKEN)}, models: ["*"] }] }
`

/** The real gateway in front of it, which knows it as the model `raw/m`. */
export const rawGatewayLayer = Layer.unwrap(
  Effect.map(RawProvider, ({ origin }) => gatewayLayer(() => yaml(origin)))
).pipe(Layer.provideMerge(Layer.effect(RawProvider, rawProvider)))
