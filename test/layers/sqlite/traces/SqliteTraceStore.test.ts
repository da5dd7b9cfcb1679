import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqliteTraceStore from "../../../../src/layers/sqlite/traces/SqliteTraceStore.ts"
import { TraceStore } from "../../../../src/services/store/TraceStore.ts"
import { sample } from "../../../contracts/storedTraces.ts"
import { traceStoreContract } from "../../../contracts/traceStore.ts"
import { temporaryDirectory } from "../temporaryDirectory.ts"

const empty = () =>
  Layer.unwrap(
    Effect.map(temporaryDirectory, (directory) => SqliteTraceStore.layer({ file: join(directory, "traces.db") }))
  )

traceStoreContract("SqliteTraceStore", empty)

it.effect("words of any script are found, or not, and never break the search", () =>
  Effect.gen(function* () {
    const store = yield* TraceStore
    const words = [
      "ÄPFEL",
      "naïve",
      "cafe\u0301",
      "привет",
      "你好",
      "हिन्दी",
      "𐐨𐐩",
      "\ua7d9x",
      "İstanbul",
      "ς",
      "\u0301"
    ]
    yield* store.append(
      words.map((word, index) => sample(index, {}, `before ${word} after`)),
      "1"
    )
    for (const [index, text] of words.entries()) {
      const { traces } = yield* store.page({ filter: { text }, limit: 20 })
      assert.include(
        traces.map(({ traceId }) => Number.parseInt(traceId, 16) - 1),
        index,
        text
      )
    }
  }).pipe(Effect.provide(empty(), { local: true }))
)
