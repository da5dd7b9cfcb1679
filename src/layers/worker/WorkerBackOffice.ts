import type { Worker } from "node:worker_threads"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { CompiledConfig } from "../../services/config/CompiledConfig.ts"
import { ConfigSync } from "../../services/config/ConfigSync.ts"
import { FrameSink } from "../../services/trace/FrameSink.ts"
import { BusFull, BusUnavailable } from "../../services/trace/TraceBus.ts"
import { launchWorker } from "./launchWorker.ts"
import type { BackOfficeOptions, ControlOptions, ExportSettings, Reply, Request } from "./protocol.ts"

export class BackOfficeFailed extends Schema.TaggedError<BackOfficeFailed>()("BackOfficeFailed", {
  reason: Schema.String
}) {
  override get message(): string {
    return this.reason
  }
}

export interface WorkerBackOfficeOptions {
  /** The program that runs in the worker. */
  readonly entry: URL
  readonly directory: string
  readonly control?: ControlOptions | undefined
  /** A thread of that program which was started ahead: the first to be used. */
  readonly ahead?: Worker | undefined
}

const METRICS_TIMEOUT = "1 second"
/** The exporter's own flush, and a little more for the spool to close. */
const STOP_TIMEOUT = "12 seconds"
/** Well below what the publisher's queue holds, and below its flush when the program stops meanwhile. */
const LONGEST_PAUSE = "2 seconds"

type Pending = (reply: Reply) => void

/**
 * The spool and the exporter in a worker thread, so that SQLite and gzip never sit on the request thread. Frames are
 * copied to it, not moved: one that it could not store is still here to be tried again. A worker that dies is started
 * again; what it had not confirmed counts as not stored.
 */
export class WorkerBackOffice extends Context.Service<
  WorkerBackOffice,
  FrameSink["Service"] & {
    /** Prometheus text of the exporter; empty when the worker does not answer. */
    readonly metrics: Effect.Effect<string>
    /** Tells the worker where the gateway serves. */
    readonly gatewayServes: (url: string) => void
    /** Where the worker's control plane serves, once it does. */
    readonly controlUrl: Effect.Effect<string>
  }
>()("spangate/layers/worker/WorkerBackOffice") {
  static readonly layer = (options: WorkerBackOfficeOptions) =>
    Layer.effect(FrameSink, WorkerBackOffice).pipe(Layer.provideMerge(Layer.effect(WorkerBackOffice, make(options))))
}

const make = Effect.fnUntraced(function* ({ ahead, control, directory, entry }: WorkerBackOfficeOptions) {
  const config = yield* ConfigSync
  const pending = new Map<number, Pending>()
  let spare = ahead
  let worker: Worker | undefined
  let ids = 0
  let stopping = false
  let gatewayUrl: string | undefined
  let controlPort = control?.port ?? 0
  const controlUrl = yield* Deferred.make<string>()

  const post = (request: Request): void => worker?.postMessage(request)

  const failPending = () => {
    for (const [id, resume] of pending) resume({ type: "unavailable", id, reason: "the back office stopped" })
    pending.clear()
  }

  const ask = (make: (id: number) => Request): Effect.Effect<Reply> =>
    Effect.callback((resume) => {
      const id = ids++
      if (worker === undefined) {
        return resume(Effect.succeed({ type: "unavailable", id, reason: "the back office is starting" }))
      }
      pending.set(id, (reply) => resume(Effect.succeed(reply)))
      post(make(id))
      return Effect.sync(() => pending.delete(id))
    })

  /** Runs one worker until it ends. */
  const live = (ready: Deferred.Deferred<void, BackOfficeFailed>) =>
    Effect.callback<never, BackOfficeFailed>((resume) => {
      const started = spare === undefined || hasEnded(spare) ? launchWorker(entry) : spare
      spare = undefined
      let failure = "it ended unexpectedly"
      started.on("message", (reply: Reply) => {
        if (reply.type === "ready") {
          worker = started
          post({ type: "settings", settings: settingsOf(config.current()) })
          if (gatewayUrl !== undefined) post({ type: "serving", url: gatewayUrl })
          Deferred.doneUnsafe(ready, Effect.void)
          return
        }
        if (reply.type === "failed") {
          failure = reply.reason
          return
        }
        if (reply.type === "control") {
          // Where the system chose it, the next worker takes the same: people know the address by now.
          if (controlPort === 0) controlPort = Number(new URL(reply.url).port)
          Deferred.doneUnsafe(controlUrl, Effect.succeed(reply.url))
          return
        }
        const waiting = pending.get(reply.id)
        pending.delete(reply.id)
        waiting?.(reply)
      })
      started.on("error", (error) => {
        failure = error instanceof Error ? error.message : String(error)
      })
      started.on("exit", () => {
        worker = undefined
        failPending()
        resume(Effect.fail(new BackOfficeFailed({ reason: failure })))
      })
      const options: BackOfficeOptions = {
        directory,
        settings: settingsOf(config.current()),
        ...(control === undefined ? {} : { control: { ...control, port: controlPort } })
      }
      started.postMessage({ type: "start", options } satisfies Request)
      return Effect.promise(() => started.terminate())
    })

  const ready = yield* Deferred.make<void, BackOfficeFailed>()
  const first = yield* live(ready).pipe(
    Effect.tapError((error) => Deferred.fail(ready, error)),
    Effect.tapError((error) =>
      stopping ? Effect.void : Effect.logError("The back office stopped; starting it again", error)
    ),
    Effect.retry({
      while: () => !stopping,
      schedule: Schedule.min([Schedule.exponential("200 millis"), Schedule.spaced(LONGEST_PAUSE)])
    }),
    Effect.ignoreCause,
    Effect.forkScoped
  )
  yield* Deferred.await(ready)

  yield* config.changes.pipe(
    Stream.runForEach((current) => Effect.sync(() => post({ type: "settings", settings: settingsOf(current) }))),
    Effect.forkScoped
  )

  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      stopping = true
      // Between two workers nobody is there to be told, or waited for.
      if (worker === undefined) return
      post({ type: "stop" })
      yield* Effect.exit(Effect.timeoutOption(Effect.interruptible(Fiber.await(first)), STOP_TIMEOUT))
    })
  )

  return WorkerBackOffice.of({
    publish: ({ bytes, events, spans }) =>
      Effect.flatMap(
        ask((id) => ({ type: "publish", id, bytes, events, spans })),
        stored
      ),
    recordLoss: (spans, reason) =>
      ask((id) => ({ type: "loss", id, spans, reason })).pipe(
        Effect.flatMap(stored),
        Effect.catchTag("BusFull", () => Effect.void)
      ),
    metrics: ask((id) => ({ type: "metrics", id })).pipe(
      Effect.map((reply) => (reply.type === "text" ? reply.text : "")),
      Effect.timeoutOrElse({ duration: METRICS_TIMEOUT, orElse: () => Effect.succeed("") })
    ),
    gatewayServes: (url) => {
      gatewayUrl = url
      post({ type: "serving", url })
    },
    controlUrl: Deferred.await(controlUrl)
  })
})

const hasEnded = ({ threadId }: Worker): boolean => threadId === -1

const stored = (reply: Reply): Effect.Effect<void, BusFull | BusUnavailable> => {
  switch (reply.type) {
    case "full":
      return Effect.fail(new BusFull({ bytes: reply.bytes, limit: reply.limit }))
    case "unavailable":
      return Effect.fail(new BusUnavailable({ cause: new Error(reply.reason) }))
    default:
      return Effect.void
  }
}

const settingsOf = ({ revision, resource, destinations, traceRetention }: CompiledConfig): ExportSettings => ({
  revision,
  resource,
  ...(traceRetention === undefined ? {} : { traceRetention }),
  destinations: destinations.map(({ clientKey, ...destination }) => ({
    ...destination,
    ...(clientKey === undefined ? {} : { clientKey: Redacted.value(clientKey) }),
    headers: Object.fromEntries(
      Object.entries(destination.headers).map(([name, value]) => [name, Redacted.value(value)])
    )
  }))
})
