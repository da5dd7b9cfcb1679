import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"

/** Runs a program of this folder until it has said `lines` lines, and kills it with SIGKILL; gives the numbers said. */
export const killAfter = (program: string, where: string, round: number, lines: number) =>
  Effect.promise(async () => {
    const path = fileURLToPath(new URL(`./${program}`, import.meta.url))
    const child = spawn(process.execPath, [path, where, String(round)], { stdio: ["ignore", "pipe", "inherit"] })
    const numbers: Array<number> = []
    for await (const line of createInterface({ input: child.stdout })) {
      numbers.push(Number(line.split(" ")[1]))
      if (numbers.length === lines) child.kill("SIGKILL")
    }
    return numbers
  })
