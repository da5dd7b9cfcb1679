/** `npm start`: the whole product in one process, with a configuration written at the first start. */
import { flushCompileCache } from "node:module"
import type { Worker } from "node:worker_threads"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { GatewayServer } from "../layers/node-http/GatewayServer.ts"
import { firstRun } from "../layers/yaml/firstRun.ts"
import { ProgramConfig } from "../services/config/ProgramConfig.ts"
import { allInOne } from "./allInOne.ts"
import { runProgram } from "./runProgram.ts"
import { welcome } from "./welcome.ts"

const serve = (file: string, token: string | undefined) =>
  Effect.gen(function* () {
    const { url } = yield* GatewayServer
    yield* Console.log(`spangate gateway listening on ${url}`)
    if (token !== undefined) yield* welcome({ url, token, file })
    // Not at the end, since the program may be killed. Takes 40 ms the first time, when nobody is there yet.
    yield* Effect.sync(flushCompileCache)
    return yield* Effect.never
  })

/** `backOffice` is the thread of that program, started ahead. */
export const start = (backOffice: Worker): void =>
  runProgram(
    Effect.gen(function* () {
      const program = yield* ProgramConfig
      const token = yield* firstRun(program.config)
      return yield* Effect.provide(serve(program.config, token), allInOne(program, backOffice))
    })
  )
