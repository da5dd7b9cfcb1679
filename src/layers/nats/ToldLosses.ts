import { hash } from "node:crypto"
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type { Loss } from "./frameHeaders.ts"

type Counts = { readonly [reason: string]: number }

/** A loss that the trace stream has not been told of, and an id that is the same however often it is told. */
export interface UntoldLoss extends Loss {
  readonly id: string
}

/** What of a spool's losses has been told, beside the spool, so that a restart neither repeats nor forgets any. */
export interface ToldLosses {
  /** Of these totals. */
  readonly untold: (dropped: Counts) => ReadonlyArray<UntoldLoss>
  readonly told: (loss: Loss) => Effect.Effect<void>
}

interface Saved {
  readonly spool: string
  readonly told: Counts
}

/** `fresh` names the spool where there is no file yet. */
export const makeToldLosses = (directory: string, fresh: string): Effect.Effect<ToldLosses> =>
  Effect.sync(() => {
    const file = join(directory, "told-losses.json")
    let saved = read(file) ?? { spool: fresh, told: {} }
    mkdirSync(directory, { recursive: true, mode: 0o700 })

    const save = () => {
      writeFileSync(`${file}.new`, JSON.stringify(saved), { mode: 0o600 })
      renameSync(`${file}.new`, file)
    }

    return {
      untold: (dropped) =>
        Object.entries(dropped).flatMap(([reason, total]) => {
          const told = saved.told[reason] ?? 0
          const id = hash("sha256", JSON.stringify([saved.spool, reason, told, total]), "base64url").slice(0, 32)
          // A spool that was replaced counts from zero again.
          return total > told ? [{ reason, spans: total - told, id }] : []
        }),
      told: ({ reason, spans }) =>
        Effect.try(() => {
          saved = { ...saved, told: { ...saved.told, [reason]: (saved.told[reason] ?? 0) + spans } }
          save()
        }).pipe(Effect.ignore({ log: "Warn", message: "told losses not saved" }))
    }
  })

const read = (file: string): Saved | undefined => {
  try {
    const saved: unknown = JSON.parse(readFileSync(file, "utf8"))
    return Predicate.hasProperty(saved, "spool") && Predicate.hasProperty(saved, "told") ? (saved as Saved) : undefined
  } catch {
    return undefined
  }
}
