// Does it leak, lose or lie when it runs on in bad weather?
//
//   node bench/soak.ts [--minutes 2] [--seed 1] [--write]
//
// `npm start` on core 0 at a bounded rate: streams of which 30 % are left midway, 1 MB prompts among small ones,
// providers that fail and are tried again or passed over, callers that are refused. Meanwhile its destination is there,
// unavailable, gone, hanging, takes a part, or refuses for good. Ends with 1 when memory or handles grow, when the spool
// is not empty at the end, when the ledger does not balance, and when a request went otherwise than it should.
// `--write` renders bench/soak.svg and bench/soak.md.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { parseArgs } from "node:util"
import type { Bench, Report } from "./kit/Bench.ts"
import { pinSelf } from "./kit/Child.ts"
import { startFlappingSink } from "./kit/flappingSink.ts"
import { describeMachine } from "./kit/machine.ts"
import { plot } from "./kit/plot.ts"
import { startFakeProviders } from "./kit/providers.ts"
import { renderFindings, renderReport } from "./kit/report.ts"
import { judge } from "./kit/soak/judge.ts"
import { outages, type Stretch } from "./kit/soak/outages.ts"
import { startTraffic, type Traffic } from "./kit/soak/traffic.ts"
import { type Sample, startWatch } from "./kit/soak/watch.ts"
import { accessTo, Spangate } from "./kit/spangate.ts"
import { median, number } from "./kit/statistics.ts"

/** Requests a second. */
const RATE = 60
/** Anything shorter is all warm-up. */
const LEAST_MINUTES = 2
const SEED = 1
/** Samples of a run, about; seconds between two of them. */
const SAMPLES = 300
const SHORTEST_PAUSE = 2
/** For what ends with the load: connections, timers, the last frames. */
const REST_MS = 3000

const documentOf = (flaky: number, steady: number, endpoint: string): string => `
providerAccounts:
  - { name: first, type: openai, baseUrl: "http://127.0.0.1:${flaky}/v1", apiKey: bench, models: [{ name: echo }] }
  - { name: second, type: openai, baseUrl: "http://127.0.0.1:${flaky}/v1", apiKey: bench, models: [{ name: echo }] }
  - name: provider
    type: openai
    baseUrl: http://127.0.0.1:${steady}/v1
    apiKey: bench
    models: [{ name: busy, id: fault-429 }, { name: broken, id: fault-reset-mid-body@5 }]
virtualModels:
  - name: soak/chat
    routing:
      type: priority
      targets:
        - { model: first/echo, retry: { attempts: 2, delayMs: 20 } }
        - { model: second/echo, retry: { attempts: 2, delayMs: 20 } }
access: ${accessTo("*")}
otel: { destinations: [{ name: sink, endpoint: "${endpoint}", timeoutMs: 3000, headers: { Authorization: bench } }] }
`

interface Soak {
  readonly samples: ReadonlyArray<Sample>
  readonly weather: ReadonlyArray<Stretch>
  readonly report: Report
}

const soakFor = async (seconds: number, seed: number): Promise<Soak> => {
  await using providers = await startFakeProviders()
  await using sink = await startFlappingSink()
  await using gateway = await Spangate.start({
    name: "npm start",
    provider: providers.flaky,
    document: documentOf(providers.flaky, providers.steady, sink.endpoint)
  })
  const weather = outages(seed, seconds)
  const watch = startWatch(gateway, 1000 * Math.max(SHORTEST_PAUSE, seconds / SAMPLES))
  const traffic = startTraffic(gateway, RATE, seed)
  for (const { from, mode, to } of weather) {
    await sink.setMode(mode)
    await setTimeout(1000 * (to - from))
  }
  await traffic.stop()
  await watch.stop()
  await setTimeout(REST_MS)
  await gateway.settled()
  const metrics = await gateway.metrics()
  const findings = judge({ samples: watch.samples, traffic, metrics, taken: await sink.taken() })
  const code = await gateway.stop()
  return {
    samples: watch.samples,
    weather,
    report: {
      tables: [summary(watch.samples, traffic)],
      findings: [...findings, { what: "exit at the end", target: "0", measured: String(code), ok: code === 0 }],
      notes: [
        `${RATE} requests/s for ${number(seconds / 60, 1)} minutes, seed ${seed}: ${number(traffic.sent(), 0)} sent, ${number(traffic.held(), 0)} held back; of ${number(traffic.streams(), 0)} streams ${number(traffic.aborted(), 0)} were left midway.`,
        `The destination's weather: ${weather.length} stretches, of which ${weather.filter(({ mode }) => mode !== "ok").length} in trouble.`,
        "Trends are over what follows the warm-up, five minutes or half of the run: the median of the slopes between all pairs of samples."
      ]
    }
  }
}

const summary = (samples: ReadonlyArray<Sample>, traffic: Traffic) => {
  const row = (what: string, of: (sample: Sample) => number, digits = 0) => {
    const values = samples.map(of)
    return [what, number(median(values), digits), number(Math.max(...values), digits)]
  }
  return {
    title: `${number(traffic.answered(), 0)} requests answered`,
    columns: ["", "median", "most"],
    rows: [
      row("resident memory, MiB", ({ resident }) => resident),
      row("JavaScript heap in use, MiB", ({ heap }) => heap),
      row("open files", ({ files }) => files),
      row("active resources", ({ resources }) => resources),
      row("spool on disk, MiB", ({ spool }) => spool),
      row("dead letters on disk, MiB", ({ letters }) => letters),
      row("spans queued", ({ queued }) => queued),
      row("event loop late by, p99, ms", ({ lag }) => lag, 1)
    ]
  }
}

const LABELS = {
  ok: "",
  partial: "takes a part",
  unavailable: "answers 503",
  refusing: "answers 400",
  hanging: "hangs",
  gone: "is gone"
}

const drawn = ({ samples, weather }: Soak): string => {
  const minutes = (seconds: number) => seconds / 60
  const curve = (label: string, of: (sample: Sample) => number) => ({
    label,
    points: samples.map((sample) => [minutes(sample.at), of(sample)] as const)
  })
  return plot({
    title: "Soak: the destination …",
    xTitle: "minutes",
    bands: weather
      .filter(({ mode }) => mode !== "ok")
      .map(({ from, mode, to }) => ({ from: minutes(from), to: minutes(to), label: LABELS[mode] })),
    panels: [
      {
        title: "Memory, MiB",
        curves: [curve("resident", ({ resident }) => resident), curve("heap in use", ({ heap }) => heap)]
      },
      {
        title: "Handles",
        curves: [curve("open files", ({ files }) => files), curve("active resources", ({ resources }) => resources)]
      },
      {
        title: "On disk, MiB",
        curves: [curve("spool", ({ spool }) => spool), curve("dead letters", ({ letters }) => letters)]
      },
      { title: "Spans queued", curves: [curve("queued", ({ queued }) => queued)] },
      { title: "Event loop late by, p99, ms", curves: [curve("lag", ({ lag }) => lag)] }
    ]
  })
}

export const soak: Bench = {
  name: "soak",
  question: "Does it leak, lose or lie when it runs on in bad weather?",
  tools: ["taskset"],
  effort: { rounds: 1, seconds: 120 },
  strict: true,
  run: async ({ seconds }) => (await soakFor(Math.max(seconds, 60 * LEAST_MINUTES), SEED)).report
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "2" },
      seed: { type: "string", default: String(SEED) },
      write: { type: "boolean", default: false }
    }
  })
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)]
  if (!(minutes >= LEAST_MINUTES) || !Number.isInteger(seed)) {
    console.error(`--minutes must be a number from ${LEAST_MINUTES}, --seed a whole number`)
    process.exit(2)
  }
  pinSelf()
  const soaked = await soakFor(60 * minutes, seed)
  const { findings } = soaked.report
  const text = `${renderReport(soaked.report)}\n\n${renderFindings(findings)}`
  console.log(text)
  if (values.write) {
    writeFileSync(join(import.meta.dirname, "soak.svg"), drawn(soaked))
    const head = `## soak\n\n${soak.question} Measured by \`node bench/soak.ts --minutes ${minutes} --write\` on ${new Date().toISOString().slice(0, 10)}: ${describeMachine()}.`
    writeFileSync(join(import.meta.dirname, "soak.md"), `${head}\n\n![What it used over time](soak.svg)\n\n${text}\n`)
  }
  const missed = findings.filter(({ ok }) => !ok)
  for (const { measured, target, what } of missed)
    console.error(`FAILED ${what}: ${measured}, where it should be ${target}`)
  process.exit(missed.length === 0 ? 0 : 1)
}
