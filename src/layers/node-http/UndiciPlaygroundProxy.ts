import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import { request } from "undici"
import { PlaygroundProxy } from "../../services/api/PlaygroundProxy.ts"
import { Unreachable } from "../../services/api/problems.ts"

const PATH = "/v1/chat/completions"
/** A model may think for long before its first byte. */
const HEAD_TIMEOUT_MS = 300_000
/** What the playground shows of the call. */
const SHOWN = ["content-type", "x-trace-id", "x-request-id", "x-tfy-resolved-model", "retry-after"]

/** Calls a gateway at its URL; undefined where there is none to call. */
export const layer = (gatewayUrl: string | undefined): Layer.Layer<PlaygroundProxy> =>
  Layer.succeed(PlaygroundProxy, {
    chat: ({ body, token }) =>
      gatewayUrl === undefined
        ? Effect.fail(new Unreachable({ detail: "No gateway is known here: set SPANGATE_GATEWAY_URL." }))
        : Effect.tryPromise({
            try: (signal) =>
              request(new URL(PATH, gatewayUrl), {
                method: "POST",
                headers: {
                  "content-type": "application/json",
                  ...(token === undefined ? {} : { authorization: `Bearer ${token}` })
                },
                body,
                signal,
                headersTimeout: HEAD_TIMEOUT_MS
              }),
            catch: () => new Unreachable({ detail: "The gateway does not answer at SPANGATE_GATEWAY_URL." })
          }).pipe(
            Effect.map(({ body, headers, statusCode }) =>
              HttpServerResponse.raw(body, {
                status: statusCode,
                headers: Object.fromEntries(
                  SHOWN.flatMap((name) => {
                    const value = headers[name]
                    return typeof value === "string" ? [[name, value]] : []
                  })
                )
              })
            )
          )
  })
