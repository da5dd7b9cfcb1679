import * as Effect from "effect/Effect"
import type { Program } from "../../e2e/kit/Program.ts"

/** Waits until a program says where its control plane serves. */
export const controlUrlOf = (program: Program): Effect.Effect<string> =>
  Effect.map(program.says(/^spangate control plane listening on (http:\/\/127\.0\.0\.1:\d+)$/m), ([, url = ""]) => url)
