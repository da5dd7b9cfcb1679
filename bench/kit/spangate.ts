import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Child, SUBJECT_CORE } from "./Child.ts"
import type { Contestant } from "./Contestant.ts"
import { temporaryDirectory } from "./temporary.ts"

const TOKEN = "sg-bench"
const ROOT = join(import.meta.dirname, "../..")

/** What `npm start` gives to node: flags, and the program. */
const startArguments = (): ReadonlyArray<string> => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"))
  const [, ...args] = String(scripts.start).split(" ")
  return args.map((each) => (each.startsWith("-") ? each : join(ROOT, each)))
}

/** The heap that V8 takes by itself in a container of 1 GiB, as deploy/kubernetes/30-gateway.yaml has it. */
const IN_A_POD = ["--max-old-space-size=488", "--max-semi-space-size=16"]

export interface SpangateOptions {
  readonly name: string
  /** Port of the provider behind it. */
  readonly provider: number
  /** `npm start`, or a program of the bench's own with the same gateway in it. */
  readonly program?: "gatewayPod" | "untracedGateway" | "startWithoutStore"
  readonly capture?: "full" | "metadata"
  readonly destination?: { readonly endpoint: string; readonly compression: "gzip" | "none" }
  /** A free one when absent. */
  readonly port?: number
  /** The configuration, instead of the one that follows from the rest. */
  readonly document?: string
}

/** Who may use these models, as YAML in one line. */
export const accessTo = (models: string): string =>
  `{ tokens: [{ subject: "user:bench", teams: [bench], models: ["${models}"], sha256: ${createHash("sha256").update(TOKEN).digest("hex")} }] }`

const configuration = ({ capture = "full", destination, provider }: SpangateOptions) => `
capture: ${capture}
providerAccounts:
  - name: openai-main
    type: openai
    baseUrl: http://127.0.0.1:${provider}/v1
    apiKey: bench
    models:
      - { name: gpt-4o-mini, price: { inputPerMillion: 0.15, outputPerMillion: 0.6, cachedInputPerMillion: 0.075 } }
virtualModels:
  - name: prod/chat
    routing: { type: weight, targets: [{ model: openai-main/gpt-4o-mini, weight: 100 }] }
access: ${accessTo("prod/*")}
otel:
  destinations: ${
    destination === undefined
      ? "[]"
      : `[{ name: sink, endpoint: "${destination.endpoint}", compression: ${destination.compression}, headers: { Authorization: bench } }]`
  }
`

let started = 0

/** Where the program is, and with what environment it starts. */
export const spangateCommand = (options: SpangateOptions) => {
  const directory = join(temporaryDirectory(), `spangate-${started++}`)
  mkdirSync(directory, { recursive: true })
  const file = join(directory, "spangate.yaml")
  writeFileSync(file, options.document ?? configuration(options))
  const data = join(directory, "data")
  const { program } = options
  const flags = program === "startWithoutStore" ? [] : IN_A_POD
  return {
    command: process.execPath,
    args: program === undefined ? startArguments() : [...flags, join(ROOT, "bench/programs", `${program}.ts`)],
    data,
    env: {
      SPANGATE_CONFIG: file,
      SPANGATE_DATA: data,
      SPANGATE_PORT: String(options.port ?? 0),
      SPANGATE_CONTROL_PORT: "0"
    }
  }
}

/** Longest that spans are waited for: an exporter that was refused for long asks again within 36 s. */
const SETTLE_MS = 90_000

/** A running gateway. */
export class Spangate implements Contestant, AsyncDisposable {
  readonly name: string
  readonly port: number
  readonly pid: number
  /** The directory of its embedded stores. */
  readonly data: string
  readonly model = "prod/chat"
  readonly headers = { authorization: `Bearer ${TOKEN}` }
  readonly #child: Child

  private constructor(name: string, child: Child, data: string) {
    this.name = name
    this.port = Number(child.match[1])
    this.pid = child.pid
    this.data = data
    this.#child = child
  }

  static async start(options: SpangateOptions): Promise<Spangate> {
    const { data, ...command } = spangateCommand(options)
    const child = await Child.start({
      ...command,
      name: options.name,
      core: SUBJECT_CORE,
      ready: /spangate gateway listening on http:\/\/127\.0\.0\.1:(\d+)/
    })
    return new Spangate(options.name, child, data)
  }

  /**
   * Gives the thread of spool and exporter, and those that compress for it, to another core. What V8 does in the
   * background for either heap stays on the gateway's.
   */
  moveBackOffice(core: number): void {
    if (this.#child.moveThreads(["spangate-back-o", "libuv-worker"], core) === 0) {
      throw new Error("the back office's thread was not found by its name")
    }
  }

  /** What `/metrics` says now. */
  async metrics(): Promise<MetricsText> {
    const response = await fetch(`http://127.0.0.1:${this.port}/metrics`)
    return new MetricsText(await response.text())
  }

  /** Waits until everything captured is settled with the bus and its destination, or 90 seconds are over. */
  settled = (): Promise<void> => this.#until((metrics) => metrics.backlog === 0)

  /** Waits until the bus has everything captured: between two frames the gateway is ahead of the exporter's account. */
  published = (): Promise<void> => this.#until((metrics) => metrics.unpublished === 0)

  async #until(condition: (metrics: MetricsText) => boolean): Promise<void> {
    const deadline = performance.now() + SETTLE_MS
    while (performance.now() < deadline && !condition(await this.metrics())) {
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  /** Tells it to stop, and waits until it has; gives its exit code. */
  stop(): Promise<number | null> {
    return this.#child.stop()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#child[Symbol.asyncDispose]()
  }
}

/** The ledger, read from Prometheus text. All in spans. */
export class MetricsText {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** Sum of the samples of this name whose labels hold that text. */
  sum(name: string, label = ""): number {
    let sum = 0
    for (const line of this.#text.split("\n")) {
      const [, key, labels = "", value] = line.match(/^(\w+)(\{.*\})? (\S+)$/) ?? []
      if (key === name && labels.includes(label)) sum += Number(value)
    }
    return sum
  }

  outcome(outcome: string): number {
    return this.sum("spangate_export_spans_total", `outcome="${outcome}"`)
  }

  get captured(): number {
    return this.sum("spangate_publisher_captured_spans_total")
  }

  get lostBeforeBus(): number {
    return this.sum("spangate_publisher_dropped_spans_total")
  }

  /** Captured, and on the way to the bus. */
  get unpublished(): number {
    return this.captured - this.sum("spangate_publisher_published_spans_total") - this.lostBeforeBus
  }

  /** Captured and not yet settled. */
  get backlog(): number {
    return this.unpublished + this.sum("spangate_export_queue_spans")
  }

  /** Both halves: what the gateway captured is in the exporter's account, and that account adds up. */
  get balances(): boolean {
    const settled = ["delivered", "rejected", "dead_lettered", "dropped"].reduce(
      (sum, each) => sum + this.outcome(each),
      0
    )
    const exported = this.outcome("captured")
    return exported === this.captured && exported === settled + this.sum("spangate_export_queue_spans")
  }
}
