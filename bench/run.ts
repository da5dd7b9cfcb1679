// Measures Spangate against its targets.
//
//   npm run bench                            all of them but soak and trace-store, about ten minutes
//   npm run bench -- throughput latency      some of them
//   npm run bench -- --rounds 5 --seconds 10 more of the same, for less noise
//   npm run bench -- --write                 also renders bench/RESULTS.md
import { existsSync, writeFileSync } from "node:fs"
import { cpus, platform } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { drain } from "./drain.ts"
import type { Bench, Finding } from "./kit/Bench.ts"
import { pinSelf } from "./kit/Child.ts"
import { describeMachine } from "./kit/machine.ts"
import { renderFindings, renderReport } from "./kit/report.ts"
import { howToInstall, missing } from "./kit/tools.ts"
import { latency } from "./latency.ts"
import { memoryStart } from "./memory-start.ts"
import { nats } from "./nats.ts"
import { soak } from "./soak.ts"
import { streaming } from "./streaming.ts"
import { throughput } from "./throughput.ts"
import { traceStore } from "./trace-store.ts"
import { tracingCost } from "./tracing-cost.ts"

const usual: ReadonlyArray<Bench> = [throughput, latency, streaming, tracingCost, drain, nats, memoryStart]
/** `node bench/soak.ts` runs it for longer, and draws what it saw; `node bench/trace-store.ts` with more traces. */
const benches: ReadonlyArray<Bench> = [...usual, soak, traceStore]

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string" }, seconds: { type: "string" }, write: { type: "boolean", default: false } }
})

const unknown = positionals.filter((name) => !benches.some((bench) => bench.name === name))
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(", ")}; there are ${benches.map(({ name }) => name).join(", ")}.`)
  process.exit(2)
}

/** A whole number up to `most`, or what the bench itself would take. */
const chosenEffort = (name: "rounds" | "seconds", most: number): number | undefined => {
  const text = values[name]
  if (text === undefined) return undefined
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  console.error(`--${name} must be a whole number from 1 to ${most}.`)
  process.exit(2)
}
const asked = { rounds: chosenEffort("rounds", 50), seconds: chosenEffort("seconds", 600) }

/** Why it cannot be run here. */
const obstacle = ({ tools }: Bench): string | undefined => {
  if (platform() !== "linux" || cpus().length < 2) return "it needs Linux and two cores"
  const lacking = missing(tools)
  return lacking.length === 0 ? undefined : `${lacking.join(", ")} missing, get it by: ${howToInstall(lacking)}`
}

const chosen = positionals.length === 0 ? usual : benches.filter(({ name }) => positionals.includes(name))
const findings: Array<Finding> = []
const sections: Array<string> = []
let failed = false

pinSelf()
for (const bench of chosen) {
  const reason = obstacle(bench)
  if (reason !== undefined) {
    console.log(`\n${bench.name}: skipped, ${reason}`)
    sections.push(`## ${bench.name}\n\nSkipped: ${reason}`)
    continue
  }
  const effort = {
    rounds: asked.rounds ?? bench.effort.rounds,
    seconds: asked.seconds ?? bench.effort.seconds
  }
  const began = performance.now()
  console.log(`\n${bench.name}: ${bench.question} ${effort.rounds} rounds of ${effort.seconds} s`)
  try {
    const report = await bench.run(effort)
    const text = renderReport(report)
    const took = ((performance.now() - began) / 1000).toFixed(0)
    console.log(`\n${text}\n\n${bench.name} took ${took} s`)
    findings.push(...report.findings)
    if (bench.strict && report.findings.some(({ ok }) => !ok)) failed = true
    sections.push(`## ${bench.name}\n\n${bench.question} ${effort.rounds} rounds of ${effort.seconds} s.\n\n${text}`)
  } catch (error) {
    failed = true
    console.error(`${bench.name} failed:`, error)
    sections.push(`## ${bench.name}\n\nFailed: ${error instanceof Error ? error.message : String(error)}`)
  }
}

if (findings.length > 0) console.log(`\n${renderFindings(findings)}`)
if (values.write) {
  const head = `# Results\n\nMeasured by \`npm run bench -- --write\` on ${new Date().toISOString().slice(0, 10)}: ${describeMachine()}.`
  const file = join(import.meta.dirname, "RESULTS.md")
  if (!chosen.includes(soak) && existsSync(join(import.meta.dirname, "soak.md"))) {
    sections.push("## soak\n\nLonger, in bad weather, with a plot: [soak.md](soak.md).")
  }
  if (!chosen.includes(traceStore) && existsSync(join(import.meta.dirname, "trace-store.md"))) {
    sections.push("## trace-store\n\nA million traces, in SQLite and in ClickHouse: [trace-store.md](trace-store.md).")
  }
  writeFileSync(file, `${head}\n\n${renderFindings(findings)}\n\n${sections.join("\n\n")}\n`)
  console.log(`\nwritten to ${file}`)
}
process.exit(failed ? 1 : 0)
