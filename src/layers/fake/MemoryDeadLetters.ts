import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import {
  type DeadLetter,
  type DeadLetterAccount,
  type DeadLetterSelection,
  DeadLetters,
  DeadLettersUnavailable,
  type NewDeadLetter
} from "../../services/export/DeadLetters.ts"

/** Breaks and mends the store in memory. */
export class MemoryDeadLetters extends Context.Service<
  MemoryDeadLetters,
  { readonly setBroken: (broken: boolean) => void }
>()("spangate/layers/fake/MemoryDeadLetters") {}

type Account = { -readonly [K in keyof DeadLetterAccount]: DeadLetterAccount[K] }

/** Dead letters that keep the contract in everything but durability and age: they are gone with the process. */
export const layer = (options: { readonly maxBytes: number }): Layer.Layer<DeadLetters | MemoryDeadLetters> =>
  Layer.effectContext(
    Effect.sync(() => {
      const letters = new Map<number, DeadLetter>()
      const accounts = new Map<string, Account>()
      /** By destination, the letters taken last. */
      const taken = new Map<string, ReadonlyArray<DeadLetter>>()
      let ids = 0
      let broken = false

      const use = <A>(body: () => A) =>
        Effect.suspend(() =>
          broken
            ? Effect.fail(new DeadLettersUnavailable({ cause: new Error("the store is broken") }))
            : Effect.sync(body)
        )

      const accountOf = (destination: string): Account => {
        const known = accounts.get(destination) ?? newAccount(destination)
        accounts.set(destination, known)
        return known
      }

      const selected = ({ destination, ids }: DeadLetterSelection) =>
        [...letters.values()].filter(
          (letter) =>
            (destination === undefined || letter.destination === destination) &&
            (ids === undefined || ids.includes(letter.id))
        )

      /** A letter that was refused anew since it was taken is not what was sent. */
      const asTaken = (ids: ReadonlyArray<number>) =>
        selected({ ids }).filter(({ destination, id, refusals }) =>
          taken.get(destination)?.some((letter) => letter.id === id && letter.refusals === refusals)
        )

      const remove = (letter: DeadLetter): Account => {
        const account = accountOf(letter.destination)
        letters.delete(letter.id)
        account.letters -= 1
        account.bytes -= letter.bytes
        account.storedSpans -= letter.spans
        return account
      }

      const put = (fresh: NewDeadLetter): void => {
        const account = accountOf(fresh.destination)
        const known = [...letters.values()].find(
          (letter) =>
            letter.destination === fresh.destination &&
            letter.traceId === fresh.traceId &&
            letter.rootSpanId === fresh.rootSpanId
        )
        const { answer: _, ...before } = known ?? { refusals: 0, bytes: 0, spans: 0, answer: "" }
        const letter: DeadLetter = {
          ...before,
          ...fresh,
          ...together(known, fresh),
          id: known?.id ?? ++ids,
          refusals: before.refusals + 1,
          bytes: fresh.frame.byteLength,
          replayRequested: false
        }
        letters.set(letter.id, letter)
        account.letters += known === undefined ? 1 : 0
        account.bytes += letter.bytes - before.bytes
        account.buriedSpans += letter.spans - before.spans
        account.storedSpans += letter.spans - before.spans
      }

      const makeRoom = (): void => {
        while (letters.size > 0) {
          const all = [...accounts.values()].sort((a, b) => b.bytes - a.bytes)
          if (all.reduce((sum, { bytes }) => sum + bytes, 0) <= options.maxBytes) return
          const [oldest] = selected({ destination: all[0]?.destination ?? "" }).sort(byAge)
          if (oldest === undefined) return
          const account = remove(oldest)
          account.droppedSpans = { ...account.droppedSpans, full: account.droppedSpans.full + oldest.spans }
        }
      }

      const service = DeadLetters.of({
        append: (fresh) =>
          use(() => {
            for (const letter of fresh) put(letter)
            makeRoom()
          }),
        list: (selection, limit) =>
          use(() =>
            selected(selection)
              .sort((a, b) => byAge(b, a))
              .slice(0, limit)
              .map(({ frame: _, spanIds: _1, ...summary }) => summary)
          ),
        get: (id) => use(() => Option.fromUndefinedOr(letters.get(id))),
        requestReplay: (selection) =>
          use(() => {
            const found = selected(selection)
            for (const letter of found) letters.set(letter.id, { ...letter, replayRequested: true })
            return found.length
          }),
        take: (destination, maxBytes) =>
          use(() => {
            let bytes = 0
            const letters = selected({ destination })
              .filter((letter) => letter.replayRequested)
              .sort((a, b) => a.id - b.id)
              .filter((letter, index) => (bytes += letter.bytes) <= maxBytes || index === 0)
            taken.set(destination, letters)
            return letters
          }),
        replayed: (ids, rejectedSpans) =>
          use(() => {
            let rejections = rejectedSpans
            for (const letter of asTaken(ids)) {
              const rejected = Math.min(rejections, letter.spans)
              rejections -= rejected
              const account = remove(letter)
              account.rejectedSpans += rejected
              account.replayedSpans += letter.spans - rejected
            }
          }),
        refusedAgain: (ids, refusal) =>
          use(() => {
            for (const { answer: _, ...letter } of asTaken(ids)) {
              const refusals = letter.refusals + 1
              letters.set(letter.id, { ...letter, ...refusal, refusals, replayRequested: false })
            }
          }),
        purge: (selection) =>
          use(() => {
            const found = selected(selection)
            for (const letter of found) remove(letter).purgedSpans += letter.spans
            return found.length
          }),
        accounts: use(() =>
          [...accounts.values()]
            .map((account) => ({ ...account }))
            .sort((a, b) => (a.destination < b.destination ? -1 : 1))
        )
      })

      return Context.make(DeadLetters, service).pipe(
        Context.add(MemoryDeadLetters, {
          setBroken: (next) => {
            broken = next
          }
        })
      )
    })
  )

const newAccount = (destination: string): Account => ({
  destination,
  letters: 0,
  bytes: 0,
  buriedSpans: 0,
  storedSpans: 0,
  replayedSpans: 0,
  rejectedSpans: 0,
  purgedSpans: 0,
  droppedSpans: { full: 0, expired: 0 }
})

const byAge = (a: DeadLetter, b: DeadLetter): number => a.refusedAt - b.refusedAt || a.id - b.id

const together = (known: DeadLetter | undefined, fresh: NewDeadLetter) => {
  if (known === undefined) return { spanIds: fresh.spanIds, spans: fresh.spans }
  if (known.spanIds.length === 0 || fresh.spanIds.length === 0) {
    return { spanIds: [], spans: Math.max(known.spans, fresh.spans) }
  }
  const spanIds = [...new Set([...known.spanIds, ...fresh.spanIds])]
  return { spanIds, spans: spanIds.length }
}
