import type { CompiledConfig, Principal } from "../config/CompiledConfig.ts"
import type { TraceRecord } from "../trace/TraceRecord.ts"
import { identityHeaders } from "./answerHeaders.ts"
import type { Exchange } from "./Exchange.ts"

/** `GET /v1/models`: what the caller may use and nothing else, in the shape that OpenAI's and Anthropic's SDKs both read. */
export const listModels = (
  config: CompiledConfig,
  principal: Principal,
  exchange: Exchange,
  record: TraceRecord
): void => {
  const data = []
  for (const [id, route] of config.routes) {
    if (!principal.mayUse(id)) continue
    data.push({
      id,
      object: "model",
      type: "model",
      display_name: id,
      created: 0,
      created_at: "1970-01-01T00:00:00Z",
      owned_by: route.strategy === "direct" ? (route.targets[0]?.target.account.name ?? "spangate") : "spangate"
    })
  }
  const body = Buffer.from(
    JSON.stringify({
      object: "list",
      data,
      has_more: false,
      first_id: data[0]?.id ?? null,
      last_id: data[data.length - 1]?.id ?? null
    })
  )
  record.header.status = 200
  const headers = identityHeaders(record.header, "application/json")
  headers.push("content-length", String(body.length))
  exchange.writeHead(200, headers)
  exchange.end(body)
}
