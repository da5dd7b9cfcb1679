import { createHash } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { request } from "undici"
import { ControlServer } from "../../../../src/layers/node-http/ControlServer.ts"
import { call } from "../../../api/kit/call.ts"
import { ADMIN, controlPlane, VIEWER } from "../../../api/kit/controlPlane.ts"

layer(controlPlane({ dashboard: true }), { excludeTestServices: true })("the control plane's server", (it) => {
  it.effect("serves health and metrics to anybody", () =>
    Effect.gen(function* () {
      for (const path of ["/health/live", "/health/ready", "/metrics"]) {
        assert.strictEqual((yield* call("GET", path, { token: undefined })).status, 200, path)
      }
      assert.include((yield* call("GET", "/metrics")).text, "spangate_up 1")
    })
  )

  it.effect("serves the dashboard, and itself for whatever is no file", () =>
    Effect.gen(function* () {
      for (const path of ["/", "/traces", "/..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd"]) {
        const page = yield* call("GET", path, { token: undefined, headers: { accept: "text/html" } })
        assert.notInclude(page.text, "root:", path)
        if (path.length < 10) assert.include(page.text, "the dashboard", path)
      }
      const script = yield* call("GET", "/assets/main-abc123.js", { token: undefined })
      assert.include(String(script.headers["content-type"]), "javascript")
      assert.include(String(script.headers["cache-control"]), "immutable")
    })
  )

  it.effect("sends the dashboard's files compressed to whoever can read that", () =>
    Effect.gen(function* () {
      const asked = (encoding: string) =>
        call("GET", "/assets/main-abc123.js", { token: undefined, headers: { "accept-encoding": encoding } })
      const plain = yield* asked("identity")
      for (const encoding of ["gzip", "br, gzip;q=0.5", "deflate, gzip"]) {
        const { headers } = yield* asked(encoding)
        assert.deepStrictEqual([headers["content-encoding"], headers["vary"]], ["gzip", "accept-encoding"], encoding)
        assert.include(String(headers["content-type"]), "javascript")
        assert.include(String(headers["cache-control"]), "immutable")
      }
      for (const encoding of ["br", "gzip;q=0"]) {
        const { headers, text } = yield* asked(encoding)
        assert.deepStrictEqual([headers["content-encoding"], text], [undefined, plain.text], encoding)
      }
      const gone = yield* call("GET", "/assets/gone-0.js", { headers: { "accept-encoding": "gzip" } })
      assert.strictEqual(gone.status, 404)
    })
  )

  it.effect("lets nobody keep what the API says, however the path is spelled, nor that a file is missing", () =>
    Effect.gen(function* () {
      for (const path of [
        "/api/config",
        "/API/config",
        "/api//config",
        "//api/config",
        "/%61pi/config",
        "/api/nothing"
      ]) {
        const answer = yield* call("GET", path)
        assert.strictEqual(answer.headers["cache-control"], "no-store", `${path} ${answer.status}`)
      }
      const missing = yield* call("GET", "/assets/gone-0.js")
      assert.deepStrictEqual([missing.status, missing.headers["cache-control"]], [404, "no-store"])
    })
  )

  it.effect("has no file for a path that is too long for one", () =>
    Effect.gen(function* () {
      const answer = yield* call("GET", `/${"a".repeat(5000)}`)
      assert.deepStrictEqual([answer.status, answer.json?.status], [404, 404], answer.text)
      assert.strictEqual(answer.headers["x-content-type-options"], "nosniff")
    })
  )

  it.effect("sends security headers with every answer", () =>
    Effect.gen(function* () {
      for (const path of ["/", "/api/config", "/api/nothing", "/health/live"]) {
        const { headers } = yield* call("GET", path, { token: undefined })
        const policy = String(headers["content-security-policy"])
        assert.include(policy, "default-src 'self'", path)
        assert.include(policy, "frame-ancestors 'none'", path)
        assert.notInclude(policy, "unsafe", path)
        assert.strictEqual(headers["x-content-type-options"], "nosniff", path)
        assert.strictEqual(headers["referrer-policy"], "no-referrer", path)
        assert.isUndefined(headers["strict-transport-security"], path)
      }
      const secure = yield* call("GET", "/", { headers: { "x-forwarded-proto": "https" } })
      assert.include(String(secure.headers["strict-transport-security"]), "max-age=")
      assert.strictEqual((yield* call("GET", "/api/config")).headers["cache-control"], "no-store")
    })
  )

  it.effect("answers unknown paths, wrong methods, wrong types and long bodies as problems", () =>
    Effect.gen(function* () {
      const rows: ReadonlyArray<readonly [string, string, number, Parameters<typeof call>[2]?]> = [
        ["GET", "/api/nothing", 404],
        ["POST", "/api/nothing", 404, { body: {} }],
        ["GET", "/api/config/made-up/x", 400],
        ["PATCH", "/api/config/team/x", 405, { body: {} }],
        ["DELETE", "/api/config", 405],
        ["GET", "/api/otel/test", 405],
        ["POST", "/", 404, { body: {} }],
        ["POST", "/api/tokens", 415, { raw: "subject=x", headers: { "content-type": "text/plain" } }],
        ["POST", "/api/tokens", 400, { raw: "{" }],
        ["POST", "/api/tokens", 400, { raw: "" }],
        ["POST", "/api/tokens", 413, { raw: JSON.stringify({ subject: "x".repeat(1024 * 1024) }) }],
        ["POST", "/api/config/apply", 413, { raw: Buffer.alloc(10 * 1024 * 1024 + 1, 32) }],
        ["POST", "/api/config/apply", 400, { raw: `{"document":${"[".repeat(400_000)}${"]".repeat(400_000)}}` }],
        ["POST", "/api/tokens", 401, { raw: Buffer.alloc(10 * 1024 * 1024, 32), token: undefined }]
      ]
      for (const [method, path, status, options] of rows) {
        const answer = yield* call(method, path, options)
        assert.strictEqual(answer.status, status, `${method} ${path} ${answer.text}`)
        assert.include(String(answer.headers["content-type"]), "application/problem+json", `${method} ${path}`)
        assert.strictEqual(answer.json.status, status)
        if (status === 405) assert.include(String(answer.headers["allow"]), path === "/api/config" ? "GET, HEAD" : "P")
      }
    })
  )

  it.effect("answers HEAD as GET without a body", () =>
    Effect.gen(function* () {
      for (const path of ["/", "/api/config", "/health/live"]) {
        const answer = yield* call("HEAD", path)
        assert.deepStrictEqual([answer.status, answer.text], [200, ""], path)
      }
      assert.strictEqual((yield* call("HEAD", "/api/nothing")).status, 404)
    })
  )

  it.effect("serves the OpenAPI document and its page, whose scripts the policy names", () =>
    Effect.gen(function* () {
      const document = yield* call("GET", "/api/openapi.json", { token: undefined })
      assert.deepStrictEqual([document.status, document.json.openapi], [200, "3.1.0"])
      assert.isDefined(document.json.paths["/api/config/destination/{name}"].put)
      const page = yield* call("GET", "/api/docs", { token: undefined })
      assert.strictEqual(page.status, 200)
      const policy = String(page.headers["content-security-policy"])
      assert.notInclude(policy, "unsafe")
      const scripts = [...page.text.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text = ""]) => text)
      assert.strictEqual(scripts.length, 1)
      const hash = createHash("sha256")
        .update(scripts[0] ?? "")
        .digest("base64")
      assert.include(policy, `'sha256-${hash}'`)
    })
  )
})

/** A gateway that says what it was sent, in two pieces; of a call that hangs, when the caller left. */
class Gateway extends Context.Service<Gateway, { readonly url: string; readonly left: Promise<void> }>()(
  "test/Gateway"
) {}

const gateway = Layer.effect(
  Gateway,
  Effect.acquireRelease(
    Effect.callback<Gateway["Service"] & { readonly close: () => void }>((resume) => {
      const { promise: left, resolve } = Promise.withResolvers<void>()
      const server = createServer((request, response) => {
        const { authorization } = request.headers
        response.writeHead(authorization === "Bearer caller" ? 200 : 401, {
          "content-type": "text/event-stream",
          "x-trace-id": "t1",
          "x-internal": "not for anybody"
        })
        response.write("data: first\n\n")
        request.on("data", (chunk: Buffer) => {
          if (chunk.includes("hang")) response.on("close", () => resolve())
          else response.end(`data: ${chunk.length}\n\n`)
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        const close = () => {
          server.close()
          server.closeAllConnections()
        }
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, left, close }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )
)

const proxied = Layer.unwrap(Effect.map(Gateway, ({ url }) => controlPlane({ gatewayUrl: url }))).pipe(
  Layer.provideMerge(gateway)
)

layer(proxied, { excludeTestServices: true })("the playground", (it) => {
  const path = "/api/playground/chat/completions"
  const headers = { "x-spangate-playground-token": "caller" }

  it.effect("passes a call on with the caller's own token, and the answer back as it is", () =>
    Effect.gen(function* () {
      const answer = yield* call("POST", path, { body: { model: "m" }, headers })
      assert.deepStrictEqual([answer.status, answer.text], [200, "data: first\n\ndata: 13\n\n"])
      assert.strictEqual(answer.headers["x-trace-id"], "t1")
      assert.isUndefined(answer.headers["x-internal"])
      assert.strictEqual((yield* call("POST", path, { body: { model: "m" } })).status, 401)
    })
  )

  it.effect("gives the first part before there is a second, and lets the gateway go when the caller leaves", () =>
    Effect.gen(function* () {
      const { url } = yield* ControlServer
      const { left } = yield* Gateway
      yield* Effect.promise(async () => {
        const answer = await request(`${url}${path}`, {
          method: "POST",
          headers: { authorization: `Bearer ${ADMIN}`, "content-type": "application/json", ...headers },
          body: JSON.stringify({ model: "hang" })
        })
        for await (const chunk of answer.body) {
          assert.strictEqual(String(chunk), "data: first\n\n")
          break
        }
        await left
      })
    })
  )

  it.effect("is not for those whom nobody made an editor", () =>
    Effect.map(call("POST", path, { token: VIEWER, body: {} }), ({ status }) => assert.strictEqual(status, 401))
  )
})

describe("without a dashboard or a gateway", () => {
  it.live("says how to build the one, and what to set for the other", () =>
    Effect.gen(function* () {
      const page = yield* call("GET", "/", { token: undefined })
      assert.include(page.text, "npm run build")
      const answer = yield* call("POST", "/api/playground/chat/completions", { body: {} })
      assert.deepStrictEqual([answer.status, answer.json.status], [502, 502], answer.text)
    }).pipe(Effect.provide(controlPlane()))
  )
})
