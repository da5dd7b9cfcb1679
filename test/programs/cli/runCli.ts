import * as NodeServices from "@effect/platform-node/NodeServices"
import type * as Cause from "effect/Cause"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Stdio from "effect/Stdio"
import * as Terminal from "effect/Terminal"
import { exitCode, spangate, tellFailure } from "../../../src/programs/cli/spangate.ts"
import { ADMIN, FakeControlPlane } from "./FakeControlPlane.ts"

export interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Where lines of a command go. */
export const captured = () => {
  const [out, err]: [Array<string>, Array<string>] = [[], []]
  const console: Console.Console = {
    ...globalThis.console,
    log: (...line: ReadonlyArray<unknown>) => void out.push(line.join(" ")),
    error: (...line: ReadonlyArray<unknown>) => void err.push(line.join(" "))
  }
  return { out, err, layer: Layer.succeed(Console.Console, console) }
}

const textOf = (lines: ReadonlyArray<string>) => lines.map((line) => `${line}\n`).join("")

/** The command as the process runs it, without the process. */
export const command = (
  args: ReadonlyArray<string>,
  env: Record<string, string>,
  terminal: Layer.Layer<Terminal.Terminal | Stdio.Stdio> = NodeServices.layer
) =>
  Command.runWith(spangate, { version: "1.2.3" })(args).pipe(
    Effect.tapCause(tellFailure),
    Effect.provide(terminal),
    Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(env))),
    Effect.provide(NodeServices.layer)
  )

/** A terminal at which somebody presses one key when asked. */
export const typing = (key: string): Layer.Layer<Terminal.Terminal | Stdio.Stdio> =>
  Layer.mergeAll(
    Layer.succeed(
      Terminal.Terminal,
      Terminal.make({
        columns: Effect.succeed(80),
        rows: Effect.succeed(24),
        size: Effect.flatMap(Queue.unbounded<Terminal.Size, Cause.Done>(), Effect.succeed),
        readInput: Effect.gen(function* () {
          const keys = yield* Queue.unbounded<Terminal.UserInput, Cause.Done>()
          yield* Queue.offer(keys, {
            input: Option.some(key),
            key: { name: key, ctrl: false, meta: false, shift: false }
          })
          return keys
        }),
        readLine: Effect.succeed(key),
        display: () => Effect.void
      })
    ),
    Stdio.layerTest({ stdinIsTerminal: Effect.succeed(true) })
  )

export const run = (env: Record<string, string>, ...args: ReadonlyArray<string>): Effect.Effect<Said> =>
  Effect.suspend(() => {
    const { err, layer, out } = captured()
    return command(args, env).pipe(
      Effect.exit,
      Effect.map((exit) => ({ code: exitCode(exit), stdout: textOf(out), stderr: textOf(err) })),
      Effect.provide(layer)
    )
  })

/** Runs a command against the control plane, as its admin. */
export const cli = (...args: ReadonlyArray<string>) =>
  Effect.flatMap(FakeControlPlane, ({ url }) =>
    run({ SPANGATE_CONTROL_URL: url, SPANGATE_ADMIN_TOKEN: ADMIN }, ...args)
  )
