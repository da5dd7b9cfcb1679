import { mkdirSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { type Gateway, type Program, start } from "../../e2e/kit/Program.ts"
import type { NatsServer } from "../../layers/nats/server.ts"

export const MASTER_KEY = "canary-master-key-of-thirty-two-characters"

/** E2E_LONG=1: the figures that the product is held to, instead of those that a push can wait for. */
export const LONG = process.env["E2E_LONG"] === "1"

type Name = "gateway" | "exporter" | "control-plane"

const ready: { readonly [name in Name]: RegExp } = {
  gateway: /^spangate gateway listening on (http:\/\/127\.0\.0\.1:(\d+))$/m,
  exporter: /^spangate exporter listening on (http:\/\/127\.0\.0\.1:(\d+))$/m,
  "control-plane": /^spangate control plane listening on (http:\/\/127\.0\.0\.1:(\d+))$/m
}

export interface FleetOptions {
  /** Everything lies below it; the control plane reads `spangate.yaml` in it. */
  readonly directory: string
  readonly servers: ReadonlyArray<NatsServer>
  readonly env?: { readonly [name: string]: string }
}

/** Starts programs of one installation, each in a directory of its own. */
export const makeFleet = ({ directory, env = {}, servers }: FleetOptions) => {
  const launch = (name: Name, instance: string, more: { readonly [name: string]: string } = {}) =>
    Effect.suspend(() => {
      const own = join(directory, instance)
      mkdirSync(own, { recursive: true })
      return start({
        entry: new URL(`../../../src/programs/${name}.ts`, import.meta.url),
        directory: own,
        env: {
          SPANGATE_CONFIG: join(directory, "spangate.yaml"),
          SPANGATE_CONTROL_PORT: "0",
          SPANGATE_NATS_URL: servers.map(({ url }) => url).join(","),
          SPANGATE_NATS_MAX_MIB: "256",
          SPANGATE_NATS_REPLICAS: String(servers.length),
          SPANGATE_MASTER_KEY: MASTER_KEY,
          ...env,
          ...more
        }
      })
    })

  const serving = (name: Name, program: Program) =>
    Effect.map(
      program.says(ready[name]),
      ([, url = "", port = ""]): Gateway => ({ ...program, url, port: Number(port) })
    )

  const run = (name: Name, instance: string, more: { readonly [name: string]: string } = {}) =>
    Effect.flatMap(launch(name, instance, more), (program) => serving(name, program))

  return {
    /** Without waiting for it. */
    launch,
    /** Until it says that it serves. A second start of an instance finds what the first left. */
    run,
    /** Several at once, in whichever order they come up. */
    all: <const Wanted extends ReadonlyArray<readonly [Name, string]>>(wanted: Wanted) =>
      Effect.map(
        Effect.forEach(wanted, ([name, instance]) => run(name, instance), { concurrency: "unbounded" }),
        // One for each wanted, in their order.
        (programs) => programs as unknown as { readonly [index in keyof Wanted]: Gateway }
      )
  }
}
