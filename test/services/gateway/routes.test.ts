import { assert, describe, it } from "@effect/vitest"
import { matchRoute } from "../../../src/services/gateway/routes.ts"

const cases: ReadonlyArray<readonly [string, string, string]> = [
  ["POST", "/v1/chat/completions", "chat_completions"],
  ["POST", "/v1/completions", "completions"],
  ["POST", "/v1/embeddings", "embeddings"],
  ["POST", "/v1/messages", "messages"],
  ["POST", "/v1/responses", "responses"],
  ["GET", "/v1/responses", "MethodNotAllowed POST"],
  ["POST", "/v1/responses/", "NotFound"],
  ["GET", "/v1/responses/resp_1", "NotFound"],
  ["GET", "/v1/models", "Models"],
  ["GET", "/v1/chat/completions", "MethodNotAllowed POST"],
  ["HEAD", "/v1/chat/completions", "MethodNotAllowed POST"],
  ["HEAD", "/v1/models", "MethodNotAllowed GET"],
  ["OPTIONS", "/v1/messages", "MethodNotAllowed POST"],
  ["POST", "/v1/models", "MethodNotAllowed GET"],
  ["POST", "//v1/chat/completions", "NotFound"],
  ["POST", "/v1//chat/completions", "NotFound"],
  ["POST", "/v1/chat/completions/", "NotFound"],
  ["POST", "/v1/chat%2Fcompletions", "NotFound"],
  ["POST", "/V1/chat/completions", "NotFound"],
  ["POST", "/v1/../v1/chat/completions", "NotFound"],
  ["POST", "http://gateway/v1/chat/completions", "NotFound"],
  ["OPTIONS", "*", "NotFound"],
  ["GET", "", "NotFound"],
  ["post", "/v1/messages", "MethodNotAllowed POST"]
]

describe("matchRoute", () => {
  for (const [method, path, wanted] of cases) {
    it(`${method} ${path || "(nothing)"} is ${wanted}`, () => {
      const match = matchRoute(method, path)
      const found =
        match._tag === "Model"
          ? match.api
          : match._tag === "MethodNotAllowed"
            ? `${match._tag} ${match.allow}`
            : match._tag
      assert.strictEqual(found, wanted)
    })
  }
})
