import type { ServerResponse } from "node:http"
import * as Option from "effect/Option"
import { isJsonObject, type JsonObject } from "../../../services/provider/Api.ts"
import { pause } from "../pause.ts"
import type { AnswerStyle } from "./AnswerStyle.ts"
import { anthropicMessages } from "./anthropicMessages.ts"
import { decide } from "./decide.ts"
import { type ParsedFault, parseFault } from "./Fault.ts"
import { modelList } from "./modelList.ts"
import { modelOf } from "./openAiChat.ts"
import { openAiError } from "./openAiErrors.ts"
import type { RecordedRequest } from "./RequestLog.ts"
import { reset } from "./reset.ts"
import { refusalOf, routeOf } from "./route.ts"
import { sendFrames } from "./sendFrames.ts"
import { sendWhole } from "./sendWhole.ts"

export interface Manner {
  readonly style: AnswerStyle
  readonly apiKey: string | undefined
  /** Takes this request's fault from the script. */
  readonly scripted: () => ParsedFault | undefined
}

const parseBody = (record: RecordedRequest): JsonObject | undefined => {
  try {
    const json = record.json
    return isJsonObject(json) ? json : undefined
  } catch {
    return undefined
  }
}

const faultOf = (record: RecordedRequest, model: string | undefined, manner: Manner): ParsedFault | undefined => {
  const scripted = manner.scripted()
  if (scripted !== undefined) return scripted
  const header = record.headers["x-fake-fault"]
  const named = model?.startsWith("fault-") === true ? model.slice("fault-".length) : undefined
  const text = typeof header === "string" ? header : named
  return text === undefined ? undefined : Option.getOrUndefined(parseFault(text))
}

const NONE = {}

/** Answers a request whose body has come in, with the fault that the script, its header or its model asks for. */
export const answer = (record: RecordedRequest, response: ServerResponse, manner: Manner): void => {
  const path = record.path.split("?", 1)[0] ?? ""
  const route = routeOf(path)
  const sendJson = (status: number, body: unknown, headers: { readonly [name: string]: string }) =>
    sendWhole(
      response,
      record,
      { status, contentType: "application/json", body: JSON.stringify(body), headers },
      undefined
    )

  if (route === undefined) {
    if (record.method === "GET" && path.endsWith("/models")) {
      sendJson(200, modelList(record.headers["anthropic-version"] !== undefined), NONE)
    } else sendJson(404, openAiError(404, `Invalid URL (${record.method} ${path})`), NONE)
    return
  }

  const { dialect } = route
  const requestId = `req_fake${String(record.number).padStart(8, "0")}`
  const headers = { [dialect === anthropicMessages ? "request-id" : "x-request-id"]: requestId }
  const refusal = refusalOf(record, dialect, manner.apiKey)
  if (refusal !== undefined) {
    sendJson(refusal.status, dialect.error(refusal.status, refusal.message), headers)
    return
  }

  const { style } = manner
  const json = parseBody(record)
  const fault = faultOf(record, json === undefined ? undefined : modelOf(json, path), manner)
  const proceed = () => {
    const decision = decide(route, path, json, record.number, style, fault)
    switch (decision.type) {
      case "reset":
        reset(response, record)
        break
      case "hang":
        break
      case "frames": {
        const { frames } = decision
        void sendFrames(response, record, { frames, errorFrames: dialect.errorFrames, headers, style }, fault)
        break
      }
      case "whole": {
        const { status, contentType, body, retryAfter } = decision
        const all = retryAfter === undefined ? headers : { ...headers, "retry-after": retryAfter }
        sendWhole(response, record, { status, contentType, body, headers: all }, fault)
      }
    }
  }
  const waitMs = style.firstTokenMs + (fault?.name === "slow-head" ? fault.amount : 0)
  if (waitMs === 0) proceed()
  else {
    void pause(waitMs, response).then(() => {
      if (!response.destroyed) proceed()
    })
  }
}
