import { join } from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { MasterKey } from "../../services/config/MasterKey.ts"
import { ConfigBucket } from "./ConfigBucket.ts"
import { REVISION_KEY } from "./configEntities.ts"
import type { PublicationOrder } from "./publicationOrder.ts"
import { decodeRevision } from "./publishedRevision.ts"
import { readSealed, writeSealed } from "./SealedFile.ts"

const EPOCH = "epoch"

/**
 * Counts the publications of a control plane whose configuration is in no database. Each start is an epoch of its own:
 * its time, or more where the last start's, kept in `directory`, or the one that NATS holds is later; so a clock that
 * was set back, a lost disk and a lost NATS each do no harm. Waits until the bucket has been read.
 */
export const makePublicationCounter = Effect.fnUntraced(function* (directory: string) {
  const bucket = yield* ConfigBucket
  const key = yield* MasterKey
  const file = join(directory, "publications.sealed")

  yield* bucket.loaded
  const saved = yield* readSealed(file, key)
  const last = Number(saved.found === "entries" ? saved.entries.get(EPOCH) : 0)
  const published = decodeRevision(bucket.entries((name) => name === REVISION_KEY).get(REVISION_KEY) ?? "")
  const epoch = Math.max(yield* Clock.currentTimeMillis, last + 1, (published.order?.epoch ?? 0) + 1)
  yield* writeSealed(file, key, new Map([[EPOCH, String(epoch)]]))

  let number = 0
  return (): PublicationOrder => ({ epoch, number: ++number })
})
