import { type Dispatcher, Pool } from "undici"
import { type Contestant, PATH } from "../Contestant.ts"
import { seeded } from "../random.ts"

interface Kind {
  readonly name: string
  /** Of all requests. */
  readonly share: number
  readonly model: string
  readonly stream: boolean
  readonly promptBytes: number
  readonly status: number
  readonly headers?: { readonly [name: string]: string }
  /** An answer that breaks off by the provider's doing. */
  readonly broken?: boolean
}

const MEGABYTE = 1024 * 1024
const ONE_RETRY = { "x-tfy-retry-config": '{"attempts":1,"delayMs":5}' }
const STRANGER = { authorization: "Bearer sg-nobody" }
const CHAT = { model: "soak/chat", status: 200 }
const PLAIN = { stream: false, promptBytes: 400 }

const KINDS: ReadonlyArray<Kind> = [
  { name: "streams", share: 0.5, ...CHAT, stream: true, promptBytes: 400 },
  { name: "whole answers", share: 0.37, ...CHAT, ...PLAIN },
  { name: "1 MB prompts", share: 0.02, ...CHAT, stream: false, promptBytes: MEGABYTE },
  { name: "1 MB prompts, streams", share: 0.01, ...CHAT, stream: true, promptBytes: MEGABYTE },
  {
    name: "streams that the provider breaks",
    share: 0.02,
    model: "provider/broken",
    status: 200,
    stream: true,
    promptBytes: 400,
    broken: true
  },
  {
    name: "refused by the provider, twice",
    share: 0.04,
    model: "provider/busy",
    status: 429,
    ...PLAIN,
    headers: ONE_RETRY
  },
  { name: "unknown models", share: 0.02, model: "soak/nothing", status: 404, ...PLAIN },
  { name: "strangers", share: 0.02, model: "soak/chat", status: 401, ...PLAIN, headers: STRANGER }
]

/** Of the streams, those whose client leaves midway. */
const ABORTED = 0.3
/** Of the twenty of a stream; two may come as one. */
const LATEST_CHUNK = 14

/** Requests that may be under way at once: one over it is not sent. */
const CONCURRENCY = 400
const TICK_MS = 10
const PATIENCE_MS = 30_000
const KEPT_FAILURES = 10

export interface Traffic {
  readonly sent: () => number
  /** Answers of which the client saw the end, or as much as it wanted. */
  readonly answered: () => number
  readonly aborted: () => number
  readonly streams: () => number
  /** Not sent, since too many were under way. */
  readonly held: () => number
  readonly failures: () => number
  /** The first of them, in words. */
  readonly reasons: () => ReadonlyArray<string>
  /** Sends no more, and waits for the answers under way. */
  readonly stop: () => Promise<void>
}

const bodyOf = ({ model, promptBytes, stream }: Kind, number: number): string =>
  JSON.stringify({
    model,
    stream,
    messages: [{ role: "user", content: `${number} ${"soak ".repeat(promptBytes / 5)}` }]
  })

const pick = (random: number): Kind => {
  let rest = random
  for (const kind of KINDS) {
    rest -= kind.share
    if (rest < 0) return kind
  }
  return KINDS[0]!
}

/** Requests of all kinds at a constant rate, whatever the answers do. The same ones for the same seed. */
export const startTraffic = ({ headers, port }: Contestant, rate: number, seed: number): Traffic => {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: CONCURRENCY })
  const random = seeded(seed)
  const counts = { sent: 0, answered: 0, aborted: 0, streams: 0, held: 0, failures: 0 }
  const reasons: Array<string> = []
  let underWay = 0

  const failed = (kind: Kind, why: string) => {
    counts.failures++
    if (reasons.length < KEPT_FAILURES) reasons.push(`${kind.name}: ${why}`)
  }

  const read = async (body: Dispatcher.ResponseData["body"], chunks: number): Promise<string | undefined> => {
    const decoder = new TextDecoder()
    let tail = ""
    let seen = 0
    for await (const chunk of body) {
      // To leave the loop is to leave the connection.
      if (++seen > chunks) return undefined
      tail = (tail + decoder.decode(chunk, { stream: true })).slice(-100)
    }
    return tail
  }

  const one = async (kind: Kind, chunks: number, number: number) => {
    underWay++
    counts.sent++
    if (kind.stream) counts.streams++
    try {
      const { body, statusCode } = await pool.request({
        method: "POST",
        path: PATH,
        headers: { "content-type": "application/json", ...headers, ...kind.headers },
        body: bodyOf(kind, number)
      })
      const tail = await read(body, chunks)
      counts.answered++
      if (tail === undefined) counts.aborted++
      else if (statusCode === 200 && kind.stream && !kind.broken && !tail.endsWith("data: [DONE]\n\n")) {
        failed(kind, `the stream ends with ${JSON.stringify(tail)}`)
      }
      if (statusCode !== kind.status) failed(kind, `answered ${statusCode} instead of ${kind.status}: ${tail}`)
    } catch (error) {
      failed(kind, String(error))
    }
    underWay--
  }

  const began = performance.now()
  let due = 0
  const timer = setInterval(() => {
    for (const until = ((performance.now() - began) / 1000) * rate; due < until; due++) {
      const kind = pick(random())
      const leaves = random()
      const chunks =
        kind.stream && leaves < ABORTED ? Math.floor((leaves / ABORTED) * LATEST_CHUNK) : Number.POSITIVE_INFINITY
      if (underWay < CONCURRENCY) void one(kind, chunks, due)
      else counts.held++
    }
  }, TICK_MS)

  return {
    sent: () => counts.sent,
    answered: () => counts.answered,
    aborted: () => counts.aborted,
    streams: () => counts.streams,
    held: () => counts.held,
    failures: () => counts.failures,
    reasons: () => reasons,
    stop: async () => {
      clearInterval(timer)
      const deadline = performance.now() + PATIENCE_MS
      while (underWay > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50))
      counts.failures += underWay
      if (underWay > 0) reasons.push(`${underWay} requests were still under way ${PATIENCE_MS / 1000} s after the last`)
      await pool.destroy()
    }
  }
}
