/** What a destination's answer to a test trace means, and what to do about it. Pure; every row has a test. */
import * as Redacted from "effect/Redacted"
import type { Destination } from "../config/CompiledConfig.ts"
import type { Accepted, Permanent, Retryable, SinkMisconfigured } from "./TraceSink.ts"

/** `partial`: taken, with a warning or a rejection. `unreachable`: no answer, or one that says to try again. */
export type TestOutcome = "accepted" | "partial" | "rejected" | "unreachable" | "misconfigured"

export interface Explained {
  readonly ok: boolean
  readonly outcome: TestOutcome
  readonly reason: string
  /** The destination's own words. */
  readonly message?: string
  readonly explanation: string
  /** Empty when there is nothing to do. */
  readonly remedy: string
}

interface Meaning {
  readonly outcome: TestOutcome
  readonly explanation: string
  readonly remedy: string
}

type Row = (destination: Destination) => Meaning

export const explainAccepted = (destination: Destination, { message, rejectedSpans }: Accepted): Explained => {
  const said = message === undefined ? {} : { message }
  if (rejectedSpans > 0) {
    return {
      ok: false,
      outcome: "partial",
      reason: "partial_success",
      ...said,
      explanation: `The destination answered, and rejected ${rejectedSpans} spans of the test trace.`,
      remedy: "Its message says why; spans like these will count as rejected, and are not sent again."
    }
  }
  if (message?.startsWith(NOT_OTLP) === true) {
    return {
      ok: false,
      outcome: "partial",
      reason: "not_otlp",
      ...said,
      explanation:
        "The address answered with success, but not as a receiver of OTLP does: often a web page or a sign-in stands there. Traces would count as delivered and be lost.",
      remedy: `Check the endpoint's host and path; ${pathHint(destination)}`
    }
  }
  if (message !== undefined) {
    return {
      ok: true,
      outcome: "partial",
      reason: "accepted_with_warning",
      message,
      explanation: "The destination took the test trace, and has something to say.",
      remedy: "Read its message; nothing is lost."
    }
  }
  return {
    ok: true,
    outcome: "accepted",
    reason: "accepted",
    explanation: "The destination took the test trace.",
    remedy: ""
  }
}

/** How `deliveryRules` begins what it says of a success in another media type. */
const NOT_OTLP = "the answer is not "

export const explainFailure = (
  destination: Destination,
  failure: Retryable | Permanent | SinkMisconfigured
): Explained => {
  const reason = failure._tag === "SinkMisconfigured" ? "misconfigured" : failure.reason
  const message = failure._tag === "Retryable" ? "" : (failure.message ?? "")
  const meaning = (rows[reason] ?? otherRow(failure))(destination)
  return { ok: false, reason, ...(message === "" ? {} : { message }), ...meaning }
}

const otherRow = (failure: Retryable | Permanent | SinkMisconfigured): Row => {
  if (failure._tag === "Retryable") {
    return () => unreachable("The destination cannot take traces now.", "Try again; until then they wait in the queue.")
  }
  return () => rejected("The destination refused the test trace.", "Its message and its own log say why.")
}

const rejected = (explanation: string, remedy: string): Meaning => ({ outcome: "rejected", explanation, remedy })
const unreachable = (explanation: string, remedy: string): Meaning => ({ outcome: "unreachable", explanation, remedy })
const misconfigured = (explanation: string, remedy: string): Meaning => ({
  outcome: "misconfigured",
  explanation,
  remedy
})

const urlOf = ({ endpoint }: Destination): URL | null => URL.parse(endpoint)
const hostOf = (destination: Destination): string => urlOf(destination)?.hostname ?? "the endpoint's host"
const portOf = (destination: Destination): string => {
  const url = urlOf(destination)
  return url === null ? "" : url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port
}
const isSecure = (destination: Destination): boolean => urlOf(destination)?.protocol === "https:"
const isMiddleware = (destination: Destination): boolean => /(^|\.)middleware\.io$/i.test(hostOf(destination))

const authorizationOf = ({ headers }: Destination): string | undefined => {
  const value = headers["authorization"]
  return value === undefined ? undefined : Redacted.value(value)
}

const pathHint = (destination: Destination): string => {
  if (destination.protocol === "grpc") return "over gRPC it is scheme, host and port, usually port 4317."
  const path = urlOf(destination)?.pathname ?? "/"
  if (path === "/") return "it has no path, and is used as it is: most receivers take traces at /v1/traces."
  return path.endsWith("/v1/traces")
    ? "its path is the usual one, so the host or port may be wrong."
    : "most receivers take traces at /v1/traces, and the path is used as it is."
}

const SCHEME = /^(bearer|basic|token|apikey)\s+/i

/** Who refuses the key is told by what we sent, never by quoting it. */
const keyRemedy = (destination: Destination): string => {
  const authorization = authorizationOf(destination)
  const scheme = authorization === undefined ? undefined : SCHEME.exec(authorization)?.[1]
  if (scheme !== undefined && isMiddleware(destination)) {
    return `The Authorization header begins with "${scheme}". Middleware takes the raw key: remove the scheme and the space.`
  }
  if (authorization === undefined && isMiddleware(destination)) {
    return "No Authorization header is sent. Middleware takes the API key as it is: add the header Authorization with the raw key."
  }
  if (isMiddleware(destination)) {
    return "Check that the key was copied whole, belongs to this account (the host's first part) and was not revoked."
  }
  if (Object.keys(destination.headers).length === 0) {
    return "No header is sent with a key. Add the one that the destination asks for, usually Authorization."
  }
  if (scheme === undefined && authorization !== undefined) {
    return 'The Authorization header is sent as it is, without a scheme. Some destinations want "Bearer " before the key; else check that it was copied whole.'
  }
  return scheme === undefined
    ? "Check the names and values of the headers against the destination's instructions."
    : `The Authorization header begins with "${scheme}". Some destinations take the raw key; else check that it was copied whole and was not revoked.`
}

const wrongKey: Row = (destination) =>
  misconfigured("The destination was reached, and does not accept the key.", keyRemedy(destination))

const notAllowed: Row = (destination) =>
  misconfigured(
    "The destination was reached, and the key may not send traces there.",
    `${keyRemedy(destination)} A firewall between can answer so too.`
  )

const noSuchPath: Row = (destination) =>
  misconfigured("The server was reached, and has nothing at this path.", `Check the endpoint: ${pathHint(destination)}`)

const busy: Row = () =>
  unreachable(
    "The destination was reached, and asks to try again later.",
    "Traces wait in the queue meanwhile. If it stays so, look at its quota and its own health."
  )

const badGateway: Row = () =>
  unreachable(
    "A proxy in front of the destination could not reach it.",
    "Traces wait in the queue meanwhile. Look at the destination's health, or at the proxy between."
  )

const timedOut: Row = (destination) =>
  unreachable(
    "The destination did not answer in time.",
    `A firewall may swallow the packets, or ${hostOf(destination)}:${portOf(destination)} is the wrong port. If it is only slow, raise timeoutMs.`
  )

const broken: Row = (destination) =>
  unreachable(
    "The connection was made, and broke before an answer.",
    isSecure(destination)
      ? `Something on the way may cut it, or ${portOf(destination)} does not speak TLS: then the endpoint begins with http://.`
      : `${portOf(destination)} may expect TLS: then the endpoint begins with https://.`
  )

const rows: { readonly [reason: string]: Row } = {
  misconfigured: () =>
    misconfigured("The entry cannot be used as it is, so nothing was sent.", "The message names the part to mend."),
  dns: (destination) =>
    unreachable(
      `The host name ${hostOf(destination)} cannot be resolved.`,
      isMiddleware(destination)
        ? "Check the spelling: the first part is your account's name at Middleware."
        : "Check its spelling, and whether this machine can resolve it."
    ),
  connection_refused: (destination) =>
    unreachable(
      `Nothing listens at ${hostOf(destination)}:${portOf(destination)}.`,
      "Check host and port, and that the receiver runs. In a container, localhost is the container itself."
    ),
  connection_reset: broken,
  tls: (destination) =>
    unreachable(
      "The connection could not be secured: the certificate is not trusted, is for another name or has expired, or the port does not speak TLS.",
      destination.ca === undefined
        ? `With a private certificate authority, set ca to its PEM. If ${portOf(destination)} is a plain port, begin the endpoint with http://.`
        : "The certificate is checked against ca alone: check that this is the authority that signed it, and that the name is the endpoint's."
    ),
  protocol: (destination) =>
    misconfigured(
      "What answers there does not speak HTTP.",
      destination.protocol === "grpc" || portOf(destination) !== "4317"
        ? "Check the port."
        : "4317 is usually for gRPC: choose protocol grpc, or port 4318."
    ),
  timeout: timedOut,
  http_400: () =>
    rejected(
      "The destination was reached, and says that it cannot read the trace.",
      "Try the other encoding (proto or json); its message may say more."
    ),
  http_401: wrongKey,
  http_403: notAllowed,
  http_404: noSuchPath,
  http_405: (destination) =>
    misconfigured(
      "The server was reached, and takes no POST at this path.",
      `Check the endpoint: ${pathHint(destination)}`
    ),
  http_406: ({ encoding }) =>
    misconfigured("The destination does not answer in this encoding.", `Choose encoding ${other(encoding)}.`),
  http_413: () =>
    rejected("The destination finds even one trace too large.", "Raise its limit, or exclude request data."),
  http_415: ({ compression, encoding }) =>
    misconfigured(
      `The destination does not take ${encoding === "json" ? "JSON" : "protobuf"}${compression === "gzip" ? ", or not with gzip" : ""}.`,
      `Choose encoding ${other(encoding)}${compression === "gzip" ? ", or compression none" : ""}.`
    ),
  http_429: busy,
  http_500: () =>
    rejected(
      "The destination failed at the trace (500), which the protocol says not to send again.",
      "Look at its own log."
    ),
  http_501: () =>
    rejected("The destination says that it cannot do this (501).", "Check that it takes OTLP traces at this address."),
  http_502: badGateway,
  http_503: busy,
  http_504: badGateway,
  redirect: () =>
    misconfigured(
      "The destination answers with a redirect, which is not followed: it would hand the key to whoever it names.",
      "Write the address that it leads to as the endpoint; often it is https:// instead of http://, or a slash at the end."
    ),
  response_too_large: () =>
    misconfigured(
      "The answer is far larger than a receiver's, so it was not read.",
      "Check the endpoint: a web page or a download may stand there."
    ),
  not_grpc: (destination) =>
    misconfigured(
      "What answers there speaks HTTP, and not gRPC.",
      portOf(destination) === "4318"
        ? "4318 is usually for OTLP over HTTP: choose protocol http with the path /v1/traces, or port 4317."
        : "Choose protocol http, or the port that takes gRPC, usually 4317."
    ),
  grpc_no_status: (destination) =>
    unreachable(
      "The server began to answer and gave no status: something on the way may have lost it.",
      `Check what stands before ${destination.endpoint}: a proxy has to pass on HTTP/2 trailers.`
    ),
  grpc_unauthenticated: wrongKey,
  grpc_permission_denied: notAllowed,
  grpc_unimplemented: () =>
    misconfigured(
      "The server speaks gRPC, and has no receiver of traces.",
      "Check the port; in a collector, check that the pipeline of traces has the OTLP receiver."
    ),
  grpc_not_found: noSuchPath,
  grpc_unavailable: busy,
  grpc_deadline_exceeded: timedOut,
  grpc_resource_exhausted: () =>
    rejected("The destination has no room for the trace, by its own quota.", "Look at its quota or its limits."),
  grpc_message_too_large: () =>
    rejected("The destination finds even one trace too large.", "Raise its limit, or exclude request data."),
  grpc_invalid_argument: () =>
    rejected("The destination was reached, and says that the trace is not valid.", "Its message says why.")
}

const other = (encoding: Destination["encoding"]): string => (encoding === "json" ? "proto" : "json")
