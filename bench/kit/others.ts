import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Child, SUBJECT_CORE } from "./Child.ts"
import type { Contestant } from "./Contestant.ts"
import { freePort } from "./freePort.ts"
import { listening, type Provider } from "./providers.ts"
import { CACHE, run } from "./tools.ts"

/** No gateway at all. */
export const direct = ({ pid, port }: Provider): Contestant => ({
  name: "direct",
  port,
  pid,
  model: "gpt-4o-mini",
  headers: { authorization: "Bearer bench" }
})

export type Running = Contestant & AsyncDisposable

/** `programs/passthrough.ts`. */
export const startPassthrough = async (provider: Provider): Promise<Running> => {
  const child = await Child.start({
    name: "pass-through",
    command: process.execPath,
    args: [join(import.meta.dirname, "../programs/passthrough.ts"), String(provider.port)],
    core: SUBJECT_CORE,
    ready: /listening on http:\/\/127\.0\.0\.1:(\d+)/
  })
  return {
    ...direct(provider),
    name: "pass-through",
    port: Number(child.match[1]),
    pid: child.pid,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]()
  }
}

const PORTKEY = {
  private: true,
  dependencies: { "@portkey-ai/gateway": "1.15.2" },
  // With the newer ones that its range lets in, every stream ends in a 500: it changes headers that they made immutable.
  overrides: { "@hono/node-server": "1.14.0" }
}

/** Portkey's open-source gateway, installed beside the project at the first call. It exports no traces. */
export const startPortkey = async (provider: Provider): Promise<Running> => {
  const directory = join(CACHE, "portkey")
  const program = join(directory, "node_modules/@portkey-ai/gateway/build/start-server.js")
  if (!existsSync(program)) {
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, "package.json"), JSON.stringify(PORTKEY))
    run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps"], directory)
  }
  const port = await freePort()
  const child = await Child.start({
    name: "Portkey",
    command: process.execPath,
    args: [program, `--port=${port}`, "--headless"],
    core: SUBJECT_CORE,
    env: { NODE_ENV: "production" }
  })
  try {
    await listening(port)
  } catch (error) {
    await child[Symbol.asyncDispose]()
    throw error
  }
  return {
    ...direct(provider),
    name: "Portkey 1.15.2",
    port,
    pid: child.pid,
    headers: {
      authorization: "Bearer bench",
      "x-portkey-provider": "openai",
      "x-portkey-custom-host": `http://127.0.0.1:${provider.port}/v1`
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]()
  }
}
