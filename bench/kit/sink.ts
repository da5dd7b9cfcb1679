import { join } from "node:path"
import { Child, TOOLS_CORE } from "./Child.ts"

/** `ok` takes everything, `refusing` answers 503, `hanging` never answers. */
export type SinkMode = "ok" | "refusing" | "hanging"

export interface Sink extends AsyncDisposable {
  readonly endpoint: string
  readonly setMode: (mode: SinkMode) => Promise<void>
}

/** A destination of traces on the tools' core, which reads what it gets and keeps nothing. */
export const startSink = async (port = 0): Promise<Sink> => {
  const child = await Child.start({
    name: "sink",
    command: process.execPath,
    args: [join(import.meta.dirname, "../programs/sink.ts"), String(port)],
    core: TOOLS_CORE,
    ready: /sink listening on (http:\S+)/
  })
  const origin = child.match[1]
  return {
    endpoint: `${origin}/v1/traces`,
    setMode: async (mode) => {
      await fetch(`${origin}/mode/${mode}`, { method: "PUT" })
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]()
  }
}
