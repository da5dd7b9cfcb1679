import Anthropic from "@anthropic-ai/sdk"
import OpenAI from "openai"

/** The official SDKs, with an answer in place of the network. */

export const streamed = (body: Uint8Array): Response =>
  new Response(new Uint8Array(body), { status: 200, headers: { "content-type": "text/event-stream" } })

export const whole = (body: Uint8Array, status = 200): Response =>
  new Response(new Uint8Array(body), { status, headers: { "content-type": "application/json" } })

export const openAiClient = (answer: Response): OpenAI =>
  new OpenAI({ apiKey: "k", maxRetries: 0, fetch: async () => answer })

export const anthropicClient = (answer: Response): Anthropic =>
  new Anthropic({ apiKey: "k", maxRetries: 0, fetch: async () => answer })
