import { mkdirSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { Child, TOOLS_CORE } from "./Child.ts"
import { freePort } from "./freePort.ts"
import { temporaryDirectory } from "./temporary.ts"
import { built } from "./tools.ts"

export interface Provider extends AsyncDisposable {
  readonly port: number
  readonly pid: number
}

const ANSWER_BYTES = 700

/** A chat completion of 700 bytes. */
export const ANSWER = (() => {
  const body = (content: string) =>
    JSON.stringify({
      id: "chatcmpl-bench",
      object: "chat.completion",
      created: 1_764_000_000,
      model: "gpt-4o-mini-2024-07-18",
      choices: [
        { index: 0, message: { role: "assistant", content, refusal: null }, logprobs: null, finish_reason: "stop" }
      ],
      usage: {
        prompt_tokens: 120,
        completion_tokens: 64,
        total_tokens: 184,
        prompt_tokens_details: { cached_tokens: 0 }
      },
      system_fingerprint: "fp_bench"
    })
  return body("It keeps to itself. ".repeat(50).slice(0, ANSWER_BYTES - body("").length))
})()

const configuration = (port: number) => `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
  server {
    listen 127.0.0.1:${port};
    default_type application/json;
    location / { return 200 '${ANSWER}'; }
  }
}
`

/** nginx, which answers every request with the same JSON at once. */
export const startNginx = async (): Promise<Provider> => {
  const port = await freePort()
  const prefix = join(temporaryDirectory(), "nginx")
  mkdirSync(join(prefix, "tmp"), { recursive: true })
  writeFileSync(join(prefix, "nginx.conf"), configuration(port))
  const child = await Child.start({
    name: "nginx",
    command: "nginx",
    args: ["-p", prefix, "-c", "nginx.conf"],
    core: TOOLS_CORE
  })
  try {
    await listening(port)
  } catch (error) {
    await child[Symbol.asyncDispose]()
    throw error
  }
  return { port, pid: child.pid, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() }
}

/** Chunks of a stream: the first after 20 ms, the others 5 ms apart. */
export const STREAM = { firstMs: 20, gapMs: 5, chunks: 20 }

/** A provider of paced event streams. */
export const startStreamProvider = async (): Promise<Provider> => {
  const child = await Child.start({
    name: "sse-provider",
    command: built("sse-provider"),
    args: [STREAM.firstMs, STREAM.gapMs, STREAM.chunks].map(String),
    core: TOOLS_CORE,
    ready: /listening on http:\/\/127\.0\.0\.1:(\d+)/
  })
  return { port: Number(child.match[1]), pid: child.pid, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() }
}

/** Ports of two fake providers: one fails now and then, the other has a `fault-…` model for each way to misbehave. */
export interface FakeProviders extends AsyncDisposable {
  readonly flaky: number
  readonly steady: number
}

export const startFakeProviders = async (): Promise<FakeProviders> => {
  const child = await Child.start({
    name: "fake providers",
    command: process.execPath,
    args: [join(import.meta.dirname, "../programs/fakeProviders.ts")],
    core: TOOLS_CORE,
    ready: /providers listening on (\d+) and (\d+)/
  })
  return {
    flaky: Number(child.match[1]),
    steady: Number(child.match[2]),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]()
  }
}

const TRIES = 400

/** Waits until somebody accepts connections there. */
export const listening = async (port: number): Promise<void> => {
  for (let i = 0; i < TRIES; i++) {
    const accepted = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1")
      socket.once("connect", () => resolve(true))
      socket.once("error", () => resolve(false))
      socket.once("connect", () => socket.destroy())
    })
    if (accepted) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`nobody came to listen on port ${port}`)
}
