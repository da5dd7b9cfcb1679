import * as Effect from "effect/Effect"
import { FakeProvider } from "../../../src/layers/fake/FakeProvider.ts"
import { eventData, exchange } from "./httpExchange.ts"

export const ANTHROPIC = { "x-api-key": "k", "anthropic-version": "2023-06-01" }

export const post = (path: string, body: unknown, headers: { readonly [name: string]: string } = {}) =>
  Effect.flatMap(FakeProvider, ({ origin }) => exchange(`${origin}${path}`, { body: JSON.stringify(body), headers }))

export const user = (content: unknown) => ({ role: "user", content })
export const chat = (content: unknown, more: object = {}) =>
  post("/v1/chat/completions", { model: "m", messages: [user(content)], ...more })
export const messages = (content: unknown, more: object = {}) =>
  post("/v1/messages", { model: "m", max_tokens: 1000, messages: [user(content)], ...more }, ANTHROPIC)

/** The JSON of a stream's events. */
export const events = (text: string) =>
  eventData(text)
    .filter((data) => data !== "[DONE]")
    .map((data) => JSON.parse(data))
