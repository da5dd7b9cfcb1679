import { type ClientRequest, request } from "node:http"
import * as Effect from "effect/Effect"
import { httpListener } from "../../../src/layers/fake/HttpListener.ts"

/**
 * A reverse proxy as many have one: it serves what is behind it under `/ops/`, strips that, and knows nothing of the
 * pages. Gives the address, with a slash at its end.
 */
export const pathPrefix = (behind: string) =>
  Effect.map(
    Effect.orDie(
      httpListener({ host: "127.0.0.1", port: 0 }, (incoming, response) => {
        const path = /^\/ops(\/.*)$/.exec(incoming.url ?? "")?.[1]
        if (path === undefined) return response.writeHead(404).end()
        const onward: ClientRequest = request(
          new URL(path, behind),
          { method: incoming.method, headers: incoming.headers },
          (answer) => answer.pipe(response.writeHead(answer.statusCode ?? 502, answer.headers))
        )
        onward.on("error", () => response.destroy())
        response.on("close", () => onward.destroy())
        return incoming.pipe(onward)
      })
    ),
    ({ origin }) => `${origin}/ops/`
  )
