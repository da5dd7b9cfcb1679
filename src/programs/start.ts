/** `npm start`: the whole product in one process, with a configuration written at the first start. */
import { flushCompileCache } from "node:module"
import type { Worker } from "node:worker_threads"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { GatewayServer } from "../layers/node-http/GatewayServer.ts"
import { WorkerBackOffice } from "../layers/worker/WorkerBackOffice.ts"
import { type FirstTokens, firstRun } from "../layers/yaml/firstRun.ts"
import { ProgramConfig } from "../services/config/ProgramConfig.ts"
import { allInOne } from "./allInOne.ts"
import { runProgram } from "./runProgram.ts"
import { welcome } from "./welcome.ts"

/** How long a first start keeps its tokens back for the dashboard's address. */
const DASHBOARD_PATIENCE = "10 seconds"

const serve = (file: string, tokens: FirstTokens | undefined) =>
  Effect.gen(function* () {
    const { url } = yield* GatewayServer
    const backOffice = yield* WorkerBackOffice
    yield* Console.log(`spangate gateway listening on ${url}`)
    backOffice.gatewayServes(url)
    yield* backOffice.controlUrl.pipe(
      Effect.flatMap((control) => Console.log(`spangate control plane listening on ${control}`)),
      Effect.forkChild
    )
    if (tokens !== undefined) {
      const dashboard = yield* Effect.timeoutOption(backOffice.controlUrl, DASHBOARD_PATIENCE)
      yield* welcome({ url, dashboard: Option.getOrUndefined(dashboard), tokens, file })
    }
    // Not at the end, since the program may be killed. Takes 40 ms the first time, when nobody is there yet.
    yield* Effect.sync(flushCompileCache)
    return yield* Effect.never
  })

/** `backOffice` is the thread of that program, started ahead. */
export const start = (backOffice: Worker): void =>
  runProgram(
    Effect.gen(function* () {
      const program = yield* ProgramConfig
      const tokens = yield* firstRun(program.config)
      return yield* Effect.provide(serve(program.config, tokens), allInOne(program, backOffice))
    })
  )
