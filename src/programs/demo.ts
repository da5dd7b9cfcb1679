/**
 * `npm run demo`: the whole product beside a fake Middleware and fake providers, a sample of traffic, and where to look.
 * Nothing leaves the machine. It stays up until Ctrl-C.
 */
import { createHash, randomBytes } from "node:crypto"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { FakeMiddleware } from "../layers/fake/FakeMiddleware.ts"
import { FakeProvider } from "../layers/fake/FakeProvider.ts"
import { GatewayServer } from "../layers/node-http/GatewayServer.ts"
import { WorkerBackOffice } from "../layers/worker/WorkerBackOffice.ts"
import { ProgramConfig } from "../services/config/ProgramConfig.ts"
import { allInOne } from "./allInOne.ts"
import { sampleConfig } from "./demo/sampleConfig.ts"
import { sampleTraffic } from "./demo/sampleTraffic.ts"
import { fakeMiddleware } from "./fakeMiddleware.ts"
import { runProgram } from "./runProgram.ts"

const token = `sg-${randomBytes(32).toString("base64url")}`
const adminToken = `sga-${randomBytes(32).toString("base64url")}`
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

const prepare = Effect.gen(function* () {
  const program = yield* ProgramConfig
  const { endpoint, key } = yield* FakeMiddleware
  const { origin } = yield* FakeProvider
  const data = join(program.data, "demo")
  const file = join(data, "spangate.yaml")
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const tokens = { sha256: sha256(token), adminSha256: sha256(adminToken) }
  writeFileSync(file, sampleConfig({ origin, endpoint, key, ...tokens }), { mode: 0o600 })
  return { ...program, config: file, data }
})

const demo = Effect.gen(function* () {
  const { url } = yield* GatewayServer
  const middleware = yield* FakeMiddleware
  const backOffice = yield* WorkerBackOffice
  yield* Console.log(`spangate gateway listening on ${url}`)
  backOffice.gatewayServes(url)
  yield* Console.log(`spangate middleware listening on ${middleware.origin}\n`)
  for (const { what, traceId, status } of yield* sampleTraffic(url, token)) {
    const spans = yield* middleware.untilTrace(traceId)
    yield* Console.log(`  ${String(status).padEnd(5)} ${what.padEnd(58)} ${spans.length} spans  ${traceId}`)
  }
  yield* Console.log(`
All of it is at the fake Middleware now. Look at the traces:  ${middleware.uiOrigin}
and at the same in the dashboard:  ${yield* backOffice.controlUrl}/#login=${adminToken}

Send your own:

  curl -N ${url}/v1/chat/completions -H "Authorization: Bearer ${token}" -H "Content-Type: application/json" -d '{"model":"prod/chat","stream":true,"messages":[{"role":"user","content":"Hello, Spangate!"}]}'
`)
  return yield* Effect.never
})

const outside = Layer.mergeAll(fakeMiddleware, FakeProvider.layer({ style: { tokenMs: 20 } }))

runProgram(Effect.flatMap(prepare, (program) => Effect.provide(demo, allInOne(program))).pipe(Effect.provide(outside)))
