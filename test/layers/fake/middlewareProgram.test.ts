import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { exchange } from "./httpExchange.ts"

const program = fileURLToPath(new URL("../../../src/programs/middleware.ts", import.meta.url))

const started = (env: { readonly [name: string]: string }) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, [program], { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

/** Waits for so many lines of output, or for its end. */
const lines = (child: ChildProcess, count: number) =>
  Effect.callback<ReadonlyArray<string>>((resume) => {
    let text = ""
    const look = () => {
      const found = text.split("\n").slice(0, -1)
      if (found.length >= count) resume(Effect.succeed(found))
    }
    child.stdout?.on("data", (chunk) => {
      text += String(chunk)
      look()
    })
    child.on("exit", () => resume(Effect.succeed(text.split("\n"))))
  })

const exit = (child: ChildProcess) =>
  Effect.callback<number | null>((resume) => {
    child.on("exit", (code) => resume(Effect.succeed(code)))
  })

it.effect.each(["SIGINT", "SIGTERM"] as const)("npm run middleware says where it is, and ends well on %s", (signal) =>
  Effect.gen(function* () {
    const ports = { MIDDLEWARE_PORT: "0", MIDDLEWARE_GRPC_PORT: "0", MIDDLEWARE_UI_PORT: "0" }
    const child = yield* started({ ...ports, MIDDLEWARE_API_KEY: "my-key" })
    const [ready, grpc, ui] = yield* lines(child, 3)
    assert.match(grpc ?? "", /^spangate middleware grpc on http:\/\/127\.0\.0\.1:\d+$/)
    const origin = /^spangate middleware listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(ready ?? "")?.[1]
    const uiOrigin = /^spangate middleware ui on (http:\/\/127\.0\.0\.1:\d+)$/.exec(ui ?? "")?.[1]
    const body = JSON.stringify({ resourceSpans: [] })
    const call = (authorization: string) => ({ body, headers: { authorization, "content-type": "application/json" } })
    assert.strictEqual((yield* exchange(`${origin}/v1/traces`, call("my-key"))).status, 200)
    assert.strictEqual((yield* exchange(`${origin}/v1/traces`, call("demo-key"))).status, 401)
    assert.strictEqual((yield* exchange(`${uiOrigin}/`, { method: "GET" })).status, 200)
    const ended = exit(child)
    child.kill(signal)
    assert.strictEqual(yield* ended, 0)
  })
)
