import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { PLAYGROUND_TOKEN_HEADER } from "../PlaygroundApi.ts"
import { PlaygroundProxy } from "../PlaygroundProxy.ts"
import { SpangateApi } from "../SpangateApi.ts"

export const playgroundHandlers = HttpApiBuilder.group(
  SpangateApi,
  "playground",
  Effect.fnUntraced(function* (handlers) {
    const proxy = yield* PlaygroundProxy
    return handlers.handleRaw("chat", ({ headers, request }) =>
      // `JsonBody` has read it already, and knows that it can be read.
      Effect.flatMap(Effect.orDie(request.text), (body) =>
        proxy.chat({ body, token: headers[PLAYGROUND_TOKEN_HEADER] })
      )
    )
  })
)
