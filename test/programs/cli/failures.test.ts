import { createServer, type RequestListener, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { sha256 } from "../../../src/services/trace/sha256.ts"
import { EXPIRED, FakeControlPlane, layer } from "./FakeControlPlane.ts"
import { cli, run } from "./runCli.ts"

/** A server that is no control plane. */
const listening = (answer: RequestListener) =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<{ readonly url: string; readonly server: Server }>((resolve) => {
          const server = createServer(answer)
          server.listen(0, "127.0.0.1", () => {
            const { port } = server.address() as AddressInfo
            resolve({ url: `http://127.0.0.1:${port}`, server })
          })
        })
    ),
    ({ server }) =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      })
  )

describe("a control plane", () => {
  it.live("that wants a token, or another one, is told what to set", () =>
    Effect.gen(function* () {
      const { store, url } = yield* FakeControlPlane
      const viewer = { name: "eve", role: "viewer", sha256: sha256("weak") }
      yield* store.commit({
        base: 0,
        author: "admin",
        note: "",
        changes: [{ action: "put", kind: "admin-token", name: "eve", body: viewer }]
      })
      const none = yield* run({ SPANGATE_CONTROL_URL: url, SPANGATE_ADMIN_TOKEN: "" }, "status")
      assert.deepStrictEqual(none, {
        code: 1,
        stdout: "",
        stderr: `The control plane at ${url} wants an admin token: set SPANGATE_ADMIN_TOKEN to it, or say --token\n`
      })
      const wrong = yield* run({}, "status", "--url", url, "--token", "canary")
      assert.strictEqual(
        wrong.stderr,
        `The control plane at ${url} does not accept the token in SPANGATE_ADMIN_TOKEN or --token: This token is not known here. Check that it was copied whole and was not revoked; it is an admin token, not one of the gateway's.\n`
      )
      const expired = yield* run({}, "status", "--url", url, "--token", "a.b.c")
      assert.strictEqual(
        expired.stderr,
        `The control plane at ${url} does not accept the token in SPANGATE_ADMIN_TOKEN or --token: ${EXPIRED}\n`
      )
      // The server reads its admins anew within 300 ms.
      const seen = run({}, "token", "list", "--url", `${url}/`, "--token", "weak").pipe(
        Effect.repeat({ until: ({ code }) => code === 0 })
      )
      assert.strictEqual((yield* seen).stdout, "There are no tokens\n")
      const weak = yield* run({}, "token", "revoke", "0".repeat(16), "--url", `${url}/`, "--token", "weak")
      assert.deepStrictEqual([weak.code, weak.stderr], [1, "This needs the role editor, and yours is viewer.\n"])
    }).pipe(Effect.provide(layer))
  )

  it.live("that is away, or is none, can be found", () =>
    Effect.gen(function* () {
      const away = yield* run({}, "status", "--url", "http://127.0.0.1:1")
      assert.strictEqual(away.code, 1)
      assert.match(
        away.stderr,
        /^The control plane at http:\/\/127\.0\.0\.1:1 cannot be reached( \([\w ]+\))?: start it, or say where it is with --url or SPANGATE_CONTROL_URL\n$/
      )
      for (const [status, body] of [
        [404, "<h1>not here</h1>"],
        [200, "<h1>welcome</h1>"]
      ] as const) {
        const { url } = yield* listening((_, response) =>
          response.writeHead(status, { "content-type": "text/html" }).end(body)
        )
        const other = yield* run({}, "export", "--url", url)
        assert.strictEqual(other.code, 1)
        assert.include(other.stderr, `${url} does not answer as a control plane`)
        assert.notInclude(other.stderr, "    at ")
        assert.strictEqual(other.stderr.split("\n").length, 2)
      }
    })
  )

  it.effect("that never answers is given up on", () =>
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const { url } = yield* listening(() => Deferred.doneUnsafe(asked, Effect.void))
      const said = yield* Effect.forkChild(run({}, "status", "--url", url))
      yield* Deferred.await(asked)
      yield* TestClock.adjust("30 seconds")
      assert.include((yield* Fiber.join(said)).stderr, `${url} cannot be reached (no answer in 30 s): `)
    })
  )

  it.live("that cannot read its database says so", () =>
    Effect.gen(function* () {
      const { world } = yield* FakeControlPlane
      world.size = undefined
      const said = yield* cli("traces", "tail")
      assert.deepStrictEqual([said.code, said.stderr], [1, "the database of traces cannot be reached now\n"])
    }).pipe(Effect.provide(layer))
  )
})

describe("asked the wrong way", () => {
  it.live.each([
    "apply",
    "apply --file",
    "check one.yaml two.yaml",
    "token create",
    "traces get xyz",
    "traces tail --result good",
    "status --url localhost:8788",
    "statsu"
  ])("exits with 2: %s", (line) =>
    Effect.gen(function* () {
      const said = yield* run({}, ...line.split(" "))
      assert.strictEqual(said.code, 2, said.stdout + said.stderr)
    })
  )

  it.live.each([
    ["a token with a line end", "http://127.0.0.1:1", "sga-canary\r", /holds a character that no header can carry/],
    [
      "a token in no letters of a header",
      "http://127.0.0.1:1",
      "sga-canary-\u00e4\u2603",
      /holds a character that no header can carry/
    ],
    ["a password in the URL", "http://me:canary@127.0.0.1:1", "sga", /has a user or password in it/],
    ["a port that is none", "http://127.0.0.1:99999", "sga", /is no URL/]
  ] as const)("says so, and quotes no secret: %s", ([, url, token, says]) =>
    Effect.gen(function* () {
      const said = yield* run({ SPANGATE_CONTROL_URL: url, SPANGATE_ADMIN_TOKEN: token }, "status")
      assert.strictEqual(said.code, 2, said.stderr)
      assert.match(said.stderr + said.stdout, says)
      assert.notInclude(said.stderr + said.stdout, "canary")
    })
  )

  it.live("shows help, and exits with 0 where that was asked", () =>
    Effect.gen(function* () {
      const { code, stdout } = yield* run({}, "--help")
      for (const status of [0, 1, 2, 3, 130, 141]) assert.match(stdout, new RegExp(`\\b${status}\\b`))
      assert.strictEqual(code, 0)
      for (const one of ["check", "apply", "export", "token", "traces", "status", "dead-letters", "--completions"])
        assert.include(stdout, one)
    })
  )
})
