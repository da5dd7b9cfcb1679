import type * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import type { KV, KvEntry } from "nats"
import { MasterKey } from "../../services/config/MasterKey.ts"
import { Metrics } from "../../services/metrics/Metrics.ts"
import type { NatsAway } from "./NatsAway.ts"
import { NatsLink } from "./NatsLink.ts"
import type { NatsSettings } from "./NatsSettings.ts"

const BUCKET = "spangate_config"
/** A watch has been seen to survive every cut; this is for the one that does not. */
const COMPARE = "1 minute"
const READ_PATIENCE = "10 seconds"

const encoder = new TextEncoder()
const decoder = new TextDecoder()

interface Entry {
  readonly revision: number
  readonly sealed: Uint8Array
  /** Undefined where the keys do not open it. */
  readonly text: string | undefined
}

/** The configuration's bucket, followed in memory: the latest value of every key, opened. */
export class ConfigBucket extends Context.Service<
  ConfigBucket,
  {
    /** Waits until the bucket has been read whole. */
    readonly loaded: Effect.Effect<void>
    /** The values that open, by key. */
    readonly entries: (accept: (key: string) => boolean) => ReadonlyMap<string, string>
    /** Keys whose values none of the master keys opens. */
    readonly unreadable: (accept: (key: string) => boolean) => ReadonlyArray<string>
    /** Called after every change, and when the bucket has been read. Gives what ends it. */
    readonly onChange: (listener: () => void) => () => void
    /** Writes nothing where the value is there, sealed with the current key. */
    readonly put: (key: string, text: string) => Effect.Effect<void, NatsAway>
    /** Writes whatever is there. */
    readonly write: (key: string, text: string) => Effect.Effect<void, NatsAway>
    readonly remove: (key: string) => Effect.Effect<void, NatsAway>
    /** Memory is afterwards what the bucket was at some time since the call: changes may be on their way to it. */
    readonly reread: Effect.Effect<void, NatsAway | Cause.TimeoutError>
  }
>()("spangate/layers/nats/ConfigBucket") {
  static readonly layer = (
    settings: Pick<NatsSettings, "replicas">
  ): Layer.Layer<ConfigBucket, never, NatsLink | MasterKey | Metrics> => Layer.effect(ConfigBucket, make(settings))
}

const make = Effect.fnUntraced(function* ({ replicas }: Pick<NatsSettings, "replicas">) {
  const link = yield* NatsLink
  const key = yield* MasterKey
  const metrics = yield* Metrics
  const repairs = metrics
    .counter("spangate_config_repairs_total", "Differences from the bucket that no watch had told of.")
    .labels()
  const loaded = Latch.makeUnsafe()
  const back = Latch.makeUnsafe()
  const listeners = new Set<() => void>()
  const entries = new Map<string, Entry>()
  /** Revisions at which keys went while snapshots are taken: what those saw of them before must not come back. */
  const removed = new Map<string, number>()
  let snapshots = 0

  yield* Effect.acquireRelease(
    Effect.sync(() => link.onUp(() => back.openUnsafe())),
    (end) => Effect.sync(end)
  )

  const changed = () => {
    for (const listener of listeners) listener()
  }

  const take = (entry: KvEntry): boolean => {
    const known = entries.get(entry.key)
    if (Math.max(known?.revision ?? 0, removed.get(entry.key) ?? 0) >= entry.revision) return false
    if (entry.operation !== "PUT") {
      removed.set(entry.key, entry.revision)
      return entries.delete(entry.key)
    }
    const plain = key.open(entry.key, entry.value)
    entries.set(entry.key, {
      revision: entry.revision,
      sealed: entry.value,
      text: plain === undefined ? undefined : decoder.decode(plain)
    })
    return true
  }

  const bucket = <A>(ask: (kv: KV) => Promise<A>): Effect.Effect<A, NatsAway> =>
    link.use(async (connection) => ask(await connection.jetstream().views.kv(BUCKET, { history: 1, replicas })))

  /** Every key that is there now. */
  const snapshot = bucket(async (kv) => {
    const found: Array<KvEntry> = []
    let whole = () => {}
    const end = new Promise<void>((resolve) => {
      whole = resolve
    })
    const watch = await kv.watch({ initializedFn: () => whole() })
    const reading = (async () => {
      for await (const entry of watch) found.push(entry)
    })()
    await end
    watch.stop()
    await reading
    return found
  })

  /** Makes memory what the bucket is, also where the bucket was replaced by a new one; says how much was different. */
  const adopt = (found: ReadonlyArray<KvEntry>, replaced = false): number => {
    let differences = 0
    if (replaced) {
      entries.clear()
      removed.clear()
    }
    const there = new Set(found.filter(({ operation }) => operation === "PUT").map((entry) => entry.key))
    const newest = Math.max(0, ...found.map(({ revision }) => revision))
    for (const [known, { revision }] of [...entries]) {
      // A later one came by the watch while the bucket was read.
      if (there.has(known) || revision > newest) continue
      entries.delete(known)
      differences += 1
    }
    for (const entry of found) if (take(entry)) differences += 1
    return differences
  }

  /** Says how much was different. */
  const reread = Effect.acquireUseRelease(
    Effect.sync(() => {
      if (snapshots === 0) removed.clear()
      snapshots += 1
    }),
    () =>
      Effect.map(Effect.timeout(snapshot, READ_PATIENCE), (found) => {
        const differences = adopt(found)
        if (differences > 0) changed()
        return differences
      }),
    () =>
      Effect.sync(() => {
        snapshots -= 1
      })
  )

  let created = ""
  /** When the bucket was made: another one has other revisions, and a watch of the old one sees nothing of it. */
  const birth = bucket(async (kv) => (await kv.status()).streamInfo.created)

  const watch = Effect.gen(function* () {
    yield* link.whenUp
    const updates = yield* bucket((kv) => kv.watch())
    yield* Effect.addFinalizer(() => Effect.sync(() => updates.stop()))
    const born = yield* birth
    adopt(yield* Effect.timeout(snapshot, READ_PATIENCE), born !== created)
    created = born
    loaded.openUnsafe()
    changed()
    yield* Effect.tryPromise(async () => {
      for await (const entry of updates) if (take(entry)) changed()
    }).pipe(Effect.raceFirst(untilReplaced))
  }).pipe(Effect.scoped)

  /** Ends when a connection that came back finds another bucket. */
  const untilReplaced = Effect.gen(function* () {
    while (true) {
      back.closeUnsafe()
      yield* back.await
      if ((yield* birth) !== created) return
    }
  }).pipe(Effect.ignore)

  yield* watch.pipe(
    Effect.tapError((error) => Effect.logDebug("the configuration's bucket cannot be read", error)),
    Effect.ignore,
    Effect.andThen(Effect.sleep("500 millis")),
    Effect.forever,
    Effect.forkScoped
  )

  const compare = Effect.gen(function* () {
    yield* loaded.await
    const differences = yield* reread
    if (differences === 0) return
    repairs.add(differences)
    yield* Effect.logWarning("the configuration differed from its bucket", { differences })
  })

  const write = (name: string, text: string) =>
    Effect.suspend(() => {
      const sealed = key.seal(name, encoder.encode(text))
      return Effect.asVoid(bucket((kv) => kv.put(name, sealed)))
    })

  yield* Effect.sleep(COMPARE).pipe(Effect.andThen(compare), Effect.ignore, Effect.forever, Effect.forkScoped)

  return ConfigBucket.of({
    loaded: loaded.await,
    entries: (accept) => {
      const found = new Map<string, string>()
      for (const [name, { text }] of entries) if (text !== undefined && accept(name)) found.set(name, text)
      return found
    },
    unreadable: (accept) =>
      [...entries].flatMap(([name, { text }]) => (text === undefined && accept(name) ? [name] : [])),
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    put: (name, text) =>
      Effect.suspend(() => {
        const known = entries.get(name)
        return known?.text === text && key.isCurrent(known.sealed) ? Effect.void : write(name, text)
      }),
    write,
    remove: (name) => bucket((kv) => kv.purge(name)),
    reread: Effect.asVoid(reread)
  })
})
