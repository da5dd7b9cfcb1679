import * as Effect from "effect/Effect"
import { httpListener } from "../../src/layers/fake/HttpListener.ts"
import type { Words } from "./words.ts"

/**
 * A provider that refuses everything and says why at length, in the caller's own words: a 400 with an error of JSON, a
 * 502 with a page for the model `page`, an error in the midst of a stream.
 */
export const refusingProvider = (words: () => Words) =>
  httpListener({ host: "127.0.0.1", port: 0 }, (request, response) => {
    let body = ""
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text
    })
    request.on("end", () => {
      const { model, stream } = JSON.parse(body)
      if (stream === true) {
        const chunk = { id: "c", model: "m", choices: [{ index: 0, delta: { content: "Well" }, finish_reason: null }] }
        const error = {
          error: {
            message: words().said("error in a stream"),
            type: "server_error",
            code: words().said("error code that is none")
          }
        }
        response.writeHead(200, { "content-type": "text/event-stream" })
        response.end(`data: ${JSON.stringify(chunk)}\n\ndata: ${JSON.stringify(error)}\n\n`)
      } else if (model === "page") {
        response.writeHead(502, { "content-type": "text/html" })
        response.end(`<html><h1>${words().said("error page")}</h1></html>`)
      } else {
        response.writeHead(400, { "content-type": "application/json" })
        const message = `Invalid message: ${words().said("error body")}`
        response.end(JSON.stringify({ error: { message, type: "invalid_request_error", param: null, code: null } }))
      }
    })
  }).pipe(Effect.map(({ origin }) => origin))
