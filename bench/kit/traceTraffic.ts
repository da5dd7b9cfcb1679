import { encodeFrame } from "../../src/services/trace/frame.ts"
import type { CapturedEvent } from "../../src/services/trace/SpanPublisher.ts"
import type { AttemptStage, TraceHeader } from "../../src/services/trace/TraceEvent.ts"
import { seeded } from "./random.ts"

export const MODELS = 20
export const SUBJECTS = 200
const WORDS = 30_000
const SENTENCES = 20_000

export const modelOf = (index: number): string => `account-${index % 5}/model-${index}`
export const subjectOf = (index: number): string => `user:${index}@acme.example`

/** The start of the day is 24 hours earlier. */
export const END = 1_764_000_000_000

/** The commonest word is number 0. */
const wordOf = (index: number): string => (index + 1000).toString(36).padStart(4, "l")

/** A word that few traces have, by a draw of a whole number below one. */
export const rareWord = (below: (bound: number) => number): string => wordOf(WORDS - 1 - below(WORDS / 2))

export const FREQUENT_WORD = wordOf(40)

/**
 * A day of requests as the gateway captures them: so many, evenly over 24 hours before `END`, of 20 models and 200
 * subjects, the first of which are asked for most; 2 to 4 KB of bodies in words of a vocabulary of 30,000 in the manner
 * of a language, a few frequent and most rare; 5 % errors, 2 % that the client left.
 */
export const makeTraffic = (count: number) => {
  const random = seeded(5)
  const below = (bound: number, skew = 1) => Math.floor(random() ** skew * bound)
  const word = () => wordOf(below(WORDS, 4))
  const sentences = Array.from({ length: SENTENCES }, () => `${Array.from({ length: 12 }, word).join(" ")}.`)
  const encoder = new TextEncoder()
  const prose = (length: number) => {
    let text = ""
    while (text.length < length) text += `${sentences[below(SENTENCES)]} `
    return text
  }
  const hex = (digits: number) => {
    let text = ""
    while (text.length < digits) text += below(0x1_0000_0000).toString(16).padStart(8, "0")
    return text.slice(0, digits)
  }

  const event = (index: number): CapturedEvent => {
    const model = below(MODELS, 2)
    const modelId = `model-${model}`
    const subject = below(SUBJECTS, 2)
    const dice = random()
    const failed = dice < 0.05
    const left = dice >= 0.05 && dice < 0.07
    const took = 200 * Math.exp(2.5 * random())
    const start = Math.floor((index * 86_400_000_000) / count) / 1000
    const attempt: AttemptStage = {
      start: start + 0.3,
      end: start + took - 0.1,
      firstByte: start + took * 0.6,
      target: modelOf(model),
      account: `account-${model % 5}`,
      modelName: modelId,
      modelId,
      providerName: model % 3 === 0 ? "anthropic" : "openai",
      api: "openai",
      serverAddress: "api.provider.example",
      serverPort: 443,
      url: "https://api.provider.example/v1/chat/completions",
      resend: 0,
      fallback: false,
      status: failed ? 503 : 200,
      outcome: failed ? "failed" : left ? "client_disconnected" : "completed",
      ...(failed ? { errorType: "503" } : {}),
      price: { inputPerMillion: 0.15, outputPerMillion: 0.6 }
    }
    const traceId = hex(32)
    const spanId = hex(16)
    const header: TraceHeader = {
      wallBase: END - 86_400_000,
      traceId,
      spanId,
      flags: 1,
      requestId: traceId + spanId,
      start,
      end: start + took,
      method: "POST",
      route: "/v1/chat/completions",
      path: "/v1/chat/completions",
      host: "gateway.acme.example",
      clientAddress: "10.0.0.7",
      protocolVersion: "1.1",
      userAgent: "OpenAI/JS 7.57.0",
      ...(left ? {} : { status: failed ? 503 : 200 }),
      outcome: left ? "client_disconnected" : "completed",
      ...(failed ? { errorType: "provider_error" } : {}),
      api: "chat_completions",
      streaming: false,
      requestedModel: "prod/chat",
      subject: subjectOf(subject),
      teams: [`team-${subject % 10}`],
      metadata: JSON.stringify({ env: subject % 2 === 0 ? "prod" : "test", customer: `c-${below(50_000)}` }),
      revision: "r1",
      auth: { start: start + 0.1, end: start + 0.15, method: "api_key", result: "ok" },
      resolve: { start: start + 0.2, end: start + 0.25, strategy: "direct", candidates: 1, target: modelOf(model) },
      attempts: [attempt],
      capture: "full"
    }
    const request = {
      model: "prod/chat",
      messages: [
        { role: "system", content: sentences[below(10)] },
        { role: "user", content: prose(1000 + below(1000)) }
      ]
    }
    const response = {
      id: `chatcmpl-${spanId}`,
      object: "chat.completion",
      model: modelId,
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: prose(500 + below(800)) },
          finish_reason: below(20) === 0 ? "length" : "stop"
        }
      ],
      usage: { prompt_tokens: 300 + below(3000), completion_tokens: 50 + below(800) }
    }
    return {
      header,
      request: [encoder.encode(JSON.stringify(request))],
      response: failed || left ? [] : [encoder.encode(JSON.stringify(response))]
    }
  }

  /** A frame of the next events, oldest first. */
  return (first: number, size: number) => encodeFrame(Array.from({ length: size }, (_, at) => event(first + at)))
}
