import type { ServerResponse } from "node:http"
import { pause } from "../pause.ts"
import { type GrpcStatus, grpcCodeOf } from "./GrpcStatus.ts"
import { contentTypes, type Encoding, type PartialSuccess, statusBody, successBody } from "./otlpAnswer.ts"

/** What is done about one well-formed export. `{}` is the plain 200. */
export interface ScriptedAnswer {
  /** 200. To a gRPC export, the code that means the same. */
  readonly status?: number
  /** To a gRPC export, instead of `status`. */
  readonly grpc?: GrpcStatus
  readonly headers?: { readonly [name: string]: string }
  /** Instead of OTLP's own answer or error; in gRPC, the message of an OK, compressed when `headers` has `grpc-encoding`. */
  readonly body?: string | Uint8Array
  readonly partialSuccess?: PartialSuccess
  /** Before the head. */
  readonly delayMs?: number
  /** Between two bytes of the body: the slow loris. */
  readonly dripMs?: number
  /** No answer ever. */
  readonly hang?: true
  /** Ends the connection with a reset. */
  readonly reset?: "before-head" | "mid-body"
  /** Whether the spans are held. By default those of a 2xx are, and none when the answer hangs or is reset. */
  readonly accept?: boolean
}

/** Whether the spans of an export that is answered so are held. */
export const accepts = (answer: ScriptedAnswer, transport: "http" | "grpc"): boolean => {
  if (answer.accept !== undefined) return answer.accept
  if (answer.hang !== undefined || answer.reset !== undefined) return false
  const status = answer.status ?? 200
  return transport === "http" ? status < 300 : (answer.grpc?.code ?? grpcCodeOf(status)) === "OK"
}

const bodyOf = (answer: ScriptedAnswer, encoding: Encoding): Uint8Array => {
  if (answer.body !== undefined) return Buffer.from(answer.body)
  const status = answer.status ?? 200
  return status < 300
    ? successBody(encoding, answer.partialSuccess)
    : statusBody(encoding, `The fake Middleware answers ${status}.`)
}

/** Plays an answer to an OTLP/HTTP export. Ends early when the client has left. */
export const play = async (response: ServerResponse, answer: ScriptedAnswer, encoding: Encoding): Promise<void> => {
  if (answer.delayMs !== undefined) await pause(answer.delayMs, response)
  if (answer.hang || response.destroyed) return
  if (answer.reset === "before-head") {
    response.socket?.resetAndDestroy()
    return
  }
  const body = bodyOf(answer, encoding)
  response.writeHead(answer.status ?? 200, {
    "content-type": contentTypes[encoding],
    "content-length": body.length,
    ...answer.headers
  })
  if (answer.reset === "mid-body") {
    response.flushHeaders()
    response.write(body.subarray(0, body.length >> 1), () => response.socket?.resetAndDestroy())
    return
  }
  if (answer.dripMs !== undefined) {
    for (const byte of body.subarray(0, -1)) {
      response.write(Uint8Array.of(byte))
      await pause(answer.dripMs, response)
      if (response.destroyed) return
    }
  }
  response.end(answer.dripMs === undefined ? body : body.subarray(-1))
}
