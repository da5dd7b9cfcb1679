import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import { ControlServer } from "../../src/layers/node-http/ControlServer.ts"
import { SpangateApi } from "../../src/services/api/SpangateApi.ts"
import { ADMIN, controlPlane, seed } from "./kit/controlPlane.ts"

const clientWith = (token: string) =>
  Effect.flatMap(ControlServer, ({ url }) =>
    HttpApiClient.make(SpangateApi, {
      transformClient: HttpClient.mapRequest((request) =>
        HttpClientRequest.bearerToken(HttpClientRequest.prependUrl(request, url), token)
      )
    })
  )

describe("the client made of the definition", () => {
  it.live("reads answers and problems as what they are", () =>
    Effect.gen(function* () {
      const client = yield* clientWith(ADMIN)
      const document = seed("http://127.0.0.1:9/v1/traces")
      const { diffs, revision } = yield* client.config.apply({ payload: { document } })
      assert.deepStrictEqual([revision, diffs.length > 5], [1, true])
      const name = "prod/chat"
      const model = yield* client.config.get({ params: { kind: "virtual-model", name } })
      assert.strictEqual(model.name, name)
      const stale = yield* Effect.flip(
        client.config.put({ params: { kind: "team", name: "ml" }, payload: { base: 0, body: {} } })
      )
      assert.deepInclude(stale, { _tag: "Conflict", current: 1 })
      const refused = yield* Effect.flip(client.config.apply({ payload: { document: { capture: "all" } } }))
      assert.strictEqual(refused._tag, "Refused")
      const page = yield* client.traces.list({ query: { limit: 5, minTokens: 3 } })
      assert.deepStrictEqual(page.traces, [])
      const down = yield* client.destinations.test({ params: { name: "middleware" } })
      assert.deepInclude(down, { ok: false, outcome: "unreachable", reason: "connection_refused" })
      const nobody = yield* Effect.flip(Effect.flatMap(clientWith("wrong"), (other) => other.status.get()))
      assert.strictEqual(nobody._tag, "Unauthorized")
    }).pipe(Effect.provide([controlPlane(), FetchHttpClient.layer]))
  )
})
