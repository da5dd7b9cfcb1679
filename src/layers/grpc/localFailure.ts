import type { StatusObject } from "@grpc/grpc-js"
import { responseTooLarge } from "../../services/export/deliveryRules.ts"
import { Permanent, Retryable } from "../../services/export/TraceSink.ts"
import { classify } from "../undici/classify.ts"

/** A connection that was made and could not be secured. */
export const handshakeFailed = (reason: string): Error => new Error(`handshake: ${reason}`)

/**
 * What a status means that no server sent. The library makes one up where the answer is missing, broken or no gRPC, by
 * the codes that servers use, and tells only in words: a stream that was reset is `INTERNAL`, which from a server would
 * mean never to send the batch again. `undefined` for a status that is the server's own.
 */
export const localFailure = (status: StatusObject, answered: boolean): Retryable | Permanent | undefined => {
  const { details } = status
  const httpStatus = /^Received HTTP status code (\d+)$/.exec(details)?.[1]
  // Following would hand our credentials to whoever the answer names; the library does not.
  if (httpStatus?.startsWith("3")) return new Permanent({ reason: "redirect", fault: "misconfigured" })
  // A server's own trailers hold more than the status, unless its headers came before.
  if (Object.keys(status.metadata.getMap()).length > 0) return undefined
  const unconnected = /^No connection established\. Last error: (.*)$/s.exec(details)?.[1]
  if (unconnected !== undefined) return new Retryable({ reason: connectFailure(unconnected) })
  if (details.startsWith("Name resolution failed")) return new Retryable({ reason: "dns" })
  if (details.startsWith("Deadline exceeded after")) return new Retryable({ reason: "timeout" })
  if (RESET.test(details)) return new Retryable({ reason: "connection_reset" })
  return answered && TOO_LARGE.test(details) ? responseTooLarge() : undefined
}

const RESET =
  /^(Connection dropped$|(read|write) E[A-Z]+|Write (error|failed)|Received RST_STREAM with code|Bandwidth exhausted or memory limit exceeded$)/

const TOO_LARGE = /^Received message (larger than max|that decompresses to a size larger than)/

/** What the library says of an answer whose message it could not decompress: the server had taken the request by then. */
export const isUndecodable = ({ details }: StatusObject): boolean =>
  /^(Failed to decompress|Compression method not supported|Received compressed message)/.test(details)

const connectFailure = (words: string): string => {
  const handshake = /handshake: (\w+)/.exec(words)?.[1]
  if (handshake !== undefined) return handshake
  const code = /\bE[A-Z_]{4,}\b/.exec(words)?.[0]
  if (code !== undefined) return classify(Object.assign(new Error(), { code }))
  if (/SSL routines|certificate/.test(words)) return "tls"
  return words.startsWith("Protocol error") ? "protocol" : "connection_reset"
}
