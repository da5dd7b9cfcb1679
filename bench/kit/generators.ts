import { spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { TOOLS_CORE } from "./Child.ts"
import { type Contestant, PATH, requestBody, wireRequest, wrkScript } from "./Contestant.ts"
import { temporaryDirectory } from "./temporary.ts"
import { built } from "./tools.ts"

/** Longest that a generator may take beyond its own time. */
const PATIENCE_MS = 20_000

/** Runs a generator on the tools' core, and gives back what it printed. */
const generate = (command: string, args: ReadonlyArray<string>, seconds: number, input = ""): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn("taskset", ["-c", String(TOOLS_CORE), command, ...args], {
      stdio: ["pipe", "pipe", "inherit"],
      timeout: seconds * 1000 + PATIENCE_MS,
      killSignal: "SIGKILL"
    })
    const chunks: Array<Buffer> = []
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk))
    child.once("error", reject)
    child.once("close", (code, signal) =>
      code === 0
        ? resolve(Buffer.concat(chunks).toString())
        : reject(new Error(`${command} ended with ${code ?? signal}`))
    )
    child.stdin.end(input)
  })

/** One request: throws when its answer is no 200, before anything is measured that means nothing. */
export const proven = async (contestant: Contestant, stream = false): Promise<void> => {
  const response = await fetch(`http://127.0.0.1:${contestant.port}${PATH}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...contestant.headers },
    body: requestBody(contestant.model, stream),
    signal: AbortSignal.timeout(10_000)
  })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${contestant.name} answers ${response.status}: ${text}`)
}

export interface ClosedLoop {
  /** Those answered with 200. */
  readonly requestsPerSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly failed: number
}

const CONNECTIONS = 32

/** As fast as 32 connections go, each sending its next request when it has its answer. */
export const closedLoop = async (contestant: Contestant, seconds: number): Promise<ClosedLoop> => {
  const script = join(temporaryDirectory(), `${contestant.port}.lua`)
  writeFileSync(script, wrkScript(contestant))
  const output = await generate(
    "wrk",
    [
      "-t1",
      `-c${CONNECTIONS}`,
      `-d${seconds}s`,
      "--timeout",
      "10s",
      "-s",
      script,
      `http://127.0.0.1:${contestant.port}`
    ],
    seconds
  )
  const line = output.split("\n").find((each) => each.startsWith('{"requests"'))
  if (line === undefined) throw new Error(`wrk said nothing of ${contestant.name}: ${output}`)
  const { requests, microseconds, failed, p50, p99 } = JSON.parse(line)
  return { requestsPerSecond: ((requests - failed) / microseconds) * 1e6, p50: p50 / 1000, p99: p99 / 1000, failed }
}

/** All times in milliseconds from when the request fell due. */
export interface OpenLoop {
  readonly total: ReadonlyArray<number>
  /** To the first event of a stream. */
  readonly first: ReadonlyArray<number>
  /** Between the events of a stream. */
  readonly gaps: ReadonlyArray<number>
  /** Requests without a whole answer of status 200. */
  readonly failed: number
}

export interface OpenLoopOptions {
  readonly rate: number
  readonly seconds: number
  readonly stream?: boolean
}

/** Connections that are there for a rate: more than are ever needed at once, few enough that none is closed for idling. */
const POOL = { plain: 64, stream: 256 }

/** A constant rate, whatever becomes of the requests. The first tenth is warm-up and not counted, but for failures. */
export const openLoop = async (
  contestant: Contestant,
  { rate, seconds, stream = false }: OpenLoopOptions
): Promise<OpenLoop> => {
  const output = await generate(
    built("load"),
    [contestant.port, rate, seconds, stream ? POOL.stream : POOL.plain].map(String),
    seconds,
    wireRequest(contestant, stream)
  )
  const found = { total: [] as number[], first: [] as number[], gaps: [] as number[], failed: 0 }
  const warm = seconds * 1e5
  for (const line of output.split("\n")) {
    const [kind, ...numbers] = line.split(" ")
    if (kind === "g") found.gaps.push(Number(numbers[0]) / 1000)
    if (kind === "u") found.failed += Number(numbers[0])
    if (kind !== "r") continue
    const [due = 0, , first = 0, total = 0, status, events] = numbers.map(Number)
    if (status !== 200 || (stream && events === 0)) found.failed++
    else if (due >= warm) {
      found.total.push(total / 1000)
      found.first.push(first / 1000)
    }
  }
  return found
}
