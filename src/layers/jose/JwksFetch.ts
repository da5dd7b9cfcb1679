import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Agent, type Dispatcher, request } from "undici"

const MAX_DOCUMENT_BYTES = 1024 * 1024

/** The identity provider did not answer with a document. */
export class JwksFetchError extends Schema.TaggedError<JwksFetchError>()("JwksFetchError", {
  message: Schema.String,
  cause: Schema.optional(Schema.Defect())
}) {}

/** The one call to an identity provider. */
export class JwksFetch extends Context.Service<
  JwksFetch,
  {
    /** The body of a 200, no more than 1 MiB of it; redirects are not followed. Has no time limit of its own. */
    readonly fetch: (url: string) => Effect.Effect<string, JwksFetchError>
  }
>()("spangate/layers/jose/JwksFetch") {}

/** Over undici, on connections of its own. */
export const layer: Layer.Layer<JwksFetch> = Layer.effect(
  JwksFetch,
  Effect.gen(function* () {
    const agent = yield* Effect.acquireRelease(
      Effect.sync(() => new Agent({ maxResponseSize: MAX_DOCUMENT_BYTES })),
      (agent) => Effect.promise(() => agent.destroy())
    )
    return JwksFetch.of({
      fetch: (url) =>
        Effect.tryPromise({
          try: (signal) => download(url, agent, signal),
          catch: (cause) =>
            cause instanceof JwksFetchError ? cause : new JwksFetchError({ message: "No answer", cause })
        })
    })
  })
)

const download = async (url: string, dispatcher: Dispatcher, signal: AbortSignal): Promise<string> => {
  const { body, statusCode } = await request(url, {
    dispatcher,
    signal,
    headers: { accept: "application/jwk-set+json, application/json" }
  })
  if (statusCode === 200) return await body.text()
  await body.dump()
  throw new JwksFetchError({ message: `Answered ${statusCode}` })
}
