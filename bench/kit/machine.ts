import { readFileSync } from "node:fs"
import { cpus, totalmem } from "node:os"

const field = (pid: number, name: string): number => {
  const line = readFileSync(`/proc/${pid}/status`, "utf8").match(new RegExp(`^${name}:\\s+(\\d+) kB`, "m"))
  return Number(line?.[1] ?? Number.NaN) / 1024
}

/** Resident memory now, MiB. */
export const residentMiB = (pid: number): number => field(pid, "VmRSS")

/** The most it ever was. */
export const peakMiB = (pid: number): number => field(pid, "VmHWM")

/** In the kernel's ticks of user and system time; all threads of the process. */
const TICKS_PER_SECOND = 100

/** Processor seconds that the process has used since its start. */
export const cpuSeconds = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

interface CoreTimes {
  readonly idle: number
  readonly total: number
}

const coreTimes = (core: number): CoreTimes => {
  const line = readFileSync("/proc/stat", "utf8").match(new RegExp(`^cpu${core} (.*)$`, "m"))?.[1] ?? ""
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line
    .split(" ")
    .map(Number)
  return { idle: idle + iowait, total: user + nice + system + idle + iowait + irq + softirq + steal }
}

/** How busy a core is until the returned function is called, 0 to 1, whoever makes it so. */
export const busyness = (core: number): (() => number) => {
  const before = coreTimes(core)
  return () => {
    const after = coreTimes(core)
    return 1 - (after.idle - before.idle) / Math.max(1, after.total - before.total)
  }
}

export const describeMachine = (): string =>
  `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 1024 ** 3)} GiB, Linux, Node ${process.version}`
