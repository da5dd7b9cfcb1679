import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { openDeadLetters } from "../../../src/layers/sqlite/deadLetters/DeadLetterDatabase.ts"
import { openSpool } from "../../../src/layers/sqlite/spool/SpoolDatabase.ts"
import { openTraces } from "../../../src/layers/sqlite/traces/TraceDatabase.ts"
import { temporaryDirectory } from "./temporaryDirectory.ts"

describe("databases that hold what people said", () => {
  it.effect("are for their owner alone to read, whatever the umask says", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const umask = process.umask(0)
      const opened = [
        openTraces(join(directory, "traces.db")),
        openSpool(directory, "normal"),
        openDeadLetters(directory)
      ]
      process.umask(umask)
      const files = readdirSync(directory)
      assert.includeMembers(files, ["traces.db", "traces.db-wal", "spool.db", "spool.db-wal", "dead-letters.db"])
      for (const file of files)
        assert.deepStrictEqual([file, statSync(join(directory, file)).mode & 0o777], [file, 0o600])
      for (const { database } of opened) database.close()
    })
  )
})
