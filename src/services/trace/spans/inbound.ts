import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { type ClientApi, operationOf } from "../../provider/Api.ts"
import { put, type SpanAttributes } from "../attributes.ts"
import type { TraceEvent, TraceHeader } from "../TraceEvent.ts"
import { putText } from "./content.ts"
import type { Reading } from "./reading.ts"
import { errorType, makeSpan, SERVER, type SpanError, type Trace } from "./span.ts"
import { splitHost, withoutQuery } from "./url.ts"

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"])

/**
 * The request as the gateway's own service, `POST /v1/chat/completions`. A refusal (4xx), an answer that a fallback
 * saved and a client that left are no errors; a 5xx and an answer broken after its head are.
 */
export const inboundSpan = (trace: Trace, event: TraceEvent, reading: Reading): ReadableSpan => {
  const { header } = event
  const known = METHODS.has(header.method)
  const attributes: SpanAttributes = {
    "http.request.method": known ? header.method : "_OTHER",
    "url.path": withoutQuery(header.path),
    // What the gateway itself speaks; TLS ends in front of it.
    "url.scheme": "http",
    "gateway.request.id": header.requestId
  }
  if (!known) put(attributes, "http.request.method_original", header.method)
  putNetwork(attributes, header)
  putRequest(attributes, header, reading)
  putSizes(attributes, event)
  putText(attributes, reading)
  put(attributes, "tfy.error_message", header.errorMessage)
  if (header.errorType !== undefined) put(attributes, "tfy.error_type", errorType(header.errorType))
  if (header.outcome === "client_disconnected") put(attributes, "gateway.client_disconnected", true)
  const name = known ? header.method : "HTTP"
  return makeSpan(trace, {
    name: header.route === undefined ? name : `${name} ${header.route}`,
    kind: SERVER,
    context: trace.root,
    parent: trace.parent,
    links: trace.links,
    time: { start: header.start, end: Math.max(header.start, header.end) },
    attributes,
    error: inboundError(header)
  })
}

const inboundError = (header: TraceHeader): SpanError | undefined => {
  if (header.outcome === "client_disconnected") return undefined
  const message = header.errorMessage
  const status = header.status ?? 0
  if (header.outcome === "completed" && status < 500) return undefined
  const fallback = status >= 500 ? String(status) : header.outcome === "shutdown" ? "shutdown" : "_OTHER"
  return { type: errorType(header.errorType ?? fallback), message }
}

const putNetwork = (attributes: SpanAttributes, header: TraceHeader): void => {
  put(attributes, "http.route", header.route)
  put(attributes, "http.response.status_code", header.status)
  if (header.host !== undefined) {
    const { address, port } = splitHost(header.host)
    put(attributes, "server.address", address)
    put(attributes, "server.port", port)
  }
  put(attributes, "client.address", header.clientAddress)
  put(attributes, "network.peer.address", header.peerAddress)
  put(attributes, "network.peer.port", header.peerPort)
  put(attributes, "network.protocol.version", header.protocolVersion)
  put(attributes, "user_agent.original", header.userAgent)
}

const putRequest = (attributes: SpanAttributes, header: TraceHeader, { requestFacts }: Reading): void => {
  const model = header.requestedModel ?? requestFacts.model
  const conversation = header.conversationId ?? requestFacts.conversationId
  if (header.api !== undefined) {
    put(attributes, "gen_ai.operation.name", operationOf(header.api))
    put(attributes, "tfy.span_type", requestType(header.api))
  }
  put(attributes, "gen_ai.request.model", model)
  put(attributes, "gen_ai.conversation.id", conversation)
  put(attributes, "tfy.request.model_name", model)
  put(attributes, "tfy.request.created_by_subject", header.subject)
  put(attributes, "tfy.request.created_by_subject_teams", header.teams && [...header.teams])
  put(attributes, "tfy.request.metadata", header.metadata)
  put(attributes, "tfy.request.conversation_id", conversation)
}

const putSizes = (attributes: SpanAttributes, { header, request, response }: TraceEvent): void => {
  const size = header.requestBytes ?? request.length
  if (size > 0) put(attributes, "http.request.body.size", size)
  if (header.capture !== "full") return
  if (header.requestBytes !== undefined && header.requestBytes > request.length) {
    put(attributes, "gateway.input_truncated", true)
  }
  if (header.responseBytes !== undefined && header.responseBytes > response.length) {
    put(attributes, "gateway.output_truncated", true)
  }
}

/** TrueFoundry's name for what was asked. */
export const requestType = (api: ClientApi): string =>
  api === "embeddings" ? "Embedding" : api === "completions" ? "Completion" : "ChatCompletion"
