import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { scheduleOf } from "./Schedule.ts"
import { simulate } from "./Simulation.ts"

const [from = "1", to = "100", filter = ""] = process.argv.slice(2)
const failures = new Map<string, Array<string>>()
const slow: Array<[number, string]> = []
const begun = performance.now()
for (let n = Number(from); n <= Number(to); n++) {
  const seed = `random ${n}`
  const at = performance.now()
  const timer = setTimeout(() => {
    console.log("HANGS", seed)
    process.exit(1)
  }, 60000)
  const exit = await Effect.runPromiseExit(Effect.provide(simulate(scheduleOf(seed)), TestClock.layer()))
  clearTimeout(timer)
  slow.push([Math.round(performance.now() - at), seed])
  if (exit._tag === "Failure") {
    const text = String((exit.cause as any).reasons?.[0]?.defect?.message ?? exit.cause)
    const key = text.split("\n")[0]!.replace(/\d+/g, "N").slice(0, 150)
    failures.set(key, [...(failures.get(key) ?? []), seed])
  }
}
for (const [key, seeds] of failures) console.log(seeds.length, key, seeds.slice(0, 6))
console.log("seconds", (performance.now() - begun) / 1000, slow.sort((a, b) => b[0] - a[0]).slice(0, 5))
process.exit(0)
