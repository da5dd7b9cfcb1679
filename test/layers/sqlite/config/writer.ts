/**
 * Writes revisions to a directory's configuration: `node writer.ts <directory> <author> <commits>`. It says `ready`
 * when it has read the newest revision, and begins when it gets a line; says `<revision>` after each commit, and
 * `stale` where somebody else was faster, before it tries again on what is there then.
 */
import { writeSync } from "node:fs"
import { createInterface } from "node:readline"
import * as Effect from "effect/Effect"
import { ConfigStore } from "../../../../src/services/store/ConfigStore.ts"
import { pair, storeOn } from "./storeOn.ts"

const [directory = "", author = "", commits = "1"] = process.argv.slice(2)
const say = (text: unknown) => Effect.sync(() => writeSync(1, `${text}\n`))
const input = createInterface({ input: process.stdin })

Effect.runFork(
  Effect.gen(function* () {
    const store = yield* ConfigStore
    let { revision } = yield* store.snapshot
    yield* say("ready")
    yield* Effect.promise(() => new Promise((resolve) => input.once("line", resolve)))
    for (let left = Number(commits); left > 0; ) {
      const written = yield* store
        .commit({ base: revision, author, note: "", changes: pair(revision + 1) })
        .pipe(Effect.catchTag("StaleRevision", () => Effect.as(say("stale"), undefined)))
      if (written === undefined) revision = (yield* store.snapshot).revision
      else {
        left -= 1
        revision = written.revision
        yield* say(revision)
      }
    }
  }).pipe(Effect.provide(storeOn(directory)), Effect.ensuring(Effect.sync(() => input.close())))
)
