import { join } from "node:path"
import { Child, TOOLS_CORE } from "./Child.ts"

/**
 * `ok` takes everything, `partial` all but one span of each request, `unavailable` answers 503, `refusing` 400, `hanging`
 * nothing; when it is `gone`, nobody listens.
 */
export type FlappingMode = "ok" | "partial" | "unavailable" | "refusing" | "hanging" | "gone"

export interface FlappingSink extends AsyncDisposable {
  readonly endpoint: string
  readonly setMode: (mode: FlappingMode) => Promise<void>
  /** Spans taken so far, those that came twice twice. */
  readonly taken: () => Promise<number>
}

export const startFlappingSink = async (): Promise<FlappingSink> => {
  const child = await Child.start({
    name: "flapping sink",
    command: process.execPath,
    args: [join(import.meta.dirname, "../programs/flappingSink.ts")],
    core: TOOLS_CORE,
    ready: /sink on (http:\S+), told what to do on (http:\S+)/
  })
  const [, origin, control] = child.match
  return {
    endpoint: `${origin}/v1/traces`,
    setMode: async (mode) => {
      await fetch(`${control}/${mode}`, { method: "PUT" })
    },
    taken: async () => Number(await (await fetch(`${control}/`)).text()),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]()
  }
}
