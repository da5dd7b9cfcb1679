import type { CapturedEvent } from "../../src/services/trace/SpanPublisher.ts"
import type { TraceHeader } from "../../src/services/trace/TraceEvent.ts"
import { requestBody } from "./Contestant.ts"
import { ANSWER } from "./providers.ts"

const encoder = new TextEncoder()
const request = [encoder.encode(requestBody("prod/chat", false))]
const response = [encoder.encode(ANSWER)]

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0")

const header = (index: number): TraceHeader => {
  const start = 10_000 + index * 0.1
  return {
    wallBase: 1_764_000_000_000,
    traceId: `0af7651916cd43dd8448eb21${hex(index, 8)}`,
    spanId: `b7ad6b71${hex(index, 4)}0331`,
    flags: 1,
    requestId: `0af7651916cd43dd8448eb21${hex(index, 8)}b7ad6b71`,
    start,
    end: start + 2.6,
    method: "POST",
    route: "/v1/chat/completions",
    path: "/v1/chat/completions",
    host: "127.0.0.1:8787",
    clientAddress: "127.0.0.1",
    peerAddress: "127.0.0.1",
    peerPort: 51_234,
    protocolVersion: "1.1",
    userAgent: "OpenAI/JS 7.57.0",
    status: 200,
    outcome: "completed",
    api: "chat_completions",
    streaming: false,
    requestedModel: "prod/chat",
    subject: "user:bench",
    teams: ["bench"],
    revision: "r1",
    auth: { start: start + 0.1, end: start + 0.15, method: "api_key", result: "ok" },
    resolve: {
      start: start + 0.2,
      end: start + 0.25,
      strategy: "weight",
      candidates: 1,
      target: "openai-main/gpt-4o-mini",
      providerName: "openai",
      modelId: "gpt-4o-mini",
      modelName: "gpt-4o-mini"
    },
    attempts: [
      {
        start: start + 0.3,
        end: start + 2.5,
        firstByte: start + 2.4,
        target: "openai-main/gpt-4o-mini",
        account: "openai-main",
        modelName: "gpt-4o-mini",
        modelId: "gpt-4o-mini",
        providerName: "openai",
        api: "openai",
        serverAddress: "127.0.0.1",
        serverPort: 8080,
        url: "http://127.0.0.1:8080/v1/chat/completions",
        resend: 0,
        fallback: false,
        status: 200,
        outcome: "completed",
        price: { inputPerMillion: 0.15, outputPerMillion: 0.6, cachedInputPerMillion: 0.075 }
      }
    ],
    capture: "full"
  }
}

/** The request of all benches as the gateway captures it: four spans, each event with ids of its own. */
export const sampleEvent = (index: number): CapturedEvent => ({ header: header(index), request, response })
