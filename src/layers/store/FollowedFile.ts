import { basename } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { ConfigRefused } from "../../services/config/ConfigRefused.ts"
import type { MasterKey } from "../../services/config/MasterKey.ts"
import type { Problem } from "../../services/config/Problem.ts"
import { ConfigStore, type ReadFailure } from "../../services/store/ConfigStore.ts"
import { planEdit } from "../../services/store/planEdit.ts"
import type { RevisionLog, StaleRevision } from "../../services/store/RevisionLog.ts"
import { sameBody } from "../../services/store/sameBody.ts"
import { type FileVersion, readVersion, stampOf } from "../yaml/FileVersion.ts"
import { documentOf, type ParseOptions, parseGatewayConfig } from "../yaml/parseGatewayConfig.ts"
import { watchDirectory } from "../yaml/watchDirectory.ts"
import { appliedFile } from "./AppliedFile.ts"

/** How often the file is looked at when no event tells of a change: some file systems send none. */
const LOOK_EVERY = "500 millis"

/** An editor may still be writing when the first event comes. */
const SETTLE = "100 millis"

/** Others write too; each time somebody was faster, what is left to do is worked out anew. */
const STALE = Schedule.jittered(Schedule.spaced("20 millis")).pipe(Schedule.upTo({ times: 50 }))

type Services = ConfigStore | RevisionLog | MasterKey

export interface FollowedFile {
  /** Saves refused since it is followed. */
  readonly refused: () => number
}

/**
 * A YAML file as a source of the store's configuration. It fills a store that has no revision; after that each save is
 * applied as one revision of what changed in the file since it was last applied, by the author `file <name>`.
 * What others made of entries that the file did not change stays. A file that is first seen by a store that has
 * revisions changes nothing until it is saved. Applied before it returns, so that it can be called before serving;
 * then followed as long as the scope is open: a bad save is refused, counted and logged, and changes nothing.
 */
export const followFile = Effect.fnUntraced(function* (
  options: ParseOptions
): Effect.fn.Return<FollowedFile, ConfigRefused | StaleRevision | ReadFailure, Services | Scope.Scope> {
  // Watching begins before reading: a save in between is then seen.
  const nudges = yield* watchDirectory(options.file)
  const first = yield* readVersion(options.file)
  const context = yield* Effect.context<Services>()
  const apply = (version: FileVersion) => Effect.provideContext(applyVersion(version, options), context)
  yield* apply(first)
  let stamp = first.stamp
  let refused = 0

  const look = Effect.gen(function* () {
    if ((yield* stampOf(options.file)) === stamp) return
    yield* Effect.sleep(SETTLE)
    const version = yield* readVersion(options.file)
    yield* apply(version).pipe(
      Effect.catchTag("ConfigRefused", ({ message }) =>
        Effect.suspend(() => {
          refused += 1
          return Effect.logError(`Configuration refused, the last good one stays in force:\n${message}`)
        })
      )
    )
    // Not before: what the database could not take is tried again.
    stamp = version.stamp
  })

  yield* Queue.take(nudges).pipe(
    Effect.timeoutOption(LOOK_EVERY),
    Effect.andThen(look),
    Effect.ignoreCause({ log: "Warn", message: "The configuration file could not be applied and is tried again" }),
    Effect.forever,
    Effect.forkScoped
  )
  return { refused: () => refused }
})

/** Applies a file once, as `followFile` does at its start. */
export const applyFile = (
  options: ParseOptions
): Effect.Effect<void, ConfigRefused | StaleRevision | ReadFailure, Services> =>
  Effect.flatMap(readVersion(options.file), (version) => applyVersion(version, options))

/** Whether the file can be applied, before there is a store to apply it to. */
export const checkFile = (options: ParseOptions): Effect.Effect<void, ConfigRefused> =>
  Effect.flatMap(readVersion(options.file), (version) => Effect.asVoid(Effect.fromResult(read(version, options))))

const applyVersion = Effect.fnUntraced(function* (version: FileVersion, options: ParseOptions) {
  const store = yield* ConfigStore
  const applied = yield* appliedFile(options.file)
  const document = yield* Effect.fromResult(read(version, options))
  const author = `file ${basename(options.file)}`

  const apply = Effect.gen(function* () {
    const before = yield* store.snapshot
    const last = yield* applied.document
    if (Option.isSome(last) && sameBody(last.value, document)) return
    if (Option.isNone(last) && before.revision > 0) {
      yield* Effect.logWarning(`${author} is new to a store that has a configuration: it counts from its next save`)
    }
    const from = Option.getOrElse(last, () => (before.revision === 0 ? {} : document))
    const { author: by, revision } = yield* store.commit({
      base: before.revision,
      author,
      note: "",
      changes: planEdit(before.entities, from, document),
      keep: applied.keptAs(document)
    })
    // The first goes without saying.
    if (revision > before.revision && before.revision > 0) yield* Effect.logInfo(`Revision ${revision} by ${by}`)
  })
  yield* Effect.retry(apply, { schedule: STALE, while: ({ _tag }) => _tag === "StaleRevision" })
})

/** The document with every reference resolved. */
const read = (version: FileVersion, options: ParseOptions): Result.Result<unknown, ConfigRefused> =>
  (version.text === undefined
    ? Result.fail<ReadonlyArray<Problem>>([{ path: "", reason: `${options.file} cannot be read: ${version.failure}` }])
    : parseGatewayConfig(version.text, options)
  ).pipe(
    Result.map(documentOf),
    Result.mapError((problems) => new ConfigRefused({ source: options.file, problems }))
  )
