import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type DeadLetterAccount, DeadLetters, type NewDeadLetter } from "../../src/services/export/DeadLetters.ts"

export const letter = (index: number, rest: Partial<NewDeadLetter> = {}): NewDeadLetter => ({
  destination: "a",
  traceId: index.toString(16).padStart(32, "0"),
  rootSpanId: index.toString(16).padStart(16, "0"),
  reason: "http_400",
  refusedAt: index,
  spans: 2,
  spanIds: ["s1", "s2"],
  frame: new Uint8Array(10).fill(index),
  ...rest
})

export const assertAccounts = (accounts: ReadonlyArray<DeadLetterAccount>): void => {
  for (const account of accounts) {
    const { buriedSpans, droppedSpans, purgedSpans, rejectedSpans, replayedSpans, storedSpans } = account
    assert.strictEqual(
      buriedSpans,
      storedSpans + replayedSpans + rejectedSpans + purgedSpans + droppedSpans.full + droppedSpans.expired,
      JSON.stringify(account)
    )
  }
}

const accountOf = Effect.fnUntraced(function* (destination: string) {
  const accounts = yield* (yield* DeadLetters).accounts
  assertAccounts(accounts)
  return accounts.find((account) => account.destination === destination) ?? assert.fail(`no account of ${destination}`)
})

const tracesOf = Effect.fnUntraced(function* (destination?: string) {
  const found = yield* (yield* DeadLetters).list(destination === undefined ? {} : { destination }, 1000)
  return found.map(({ traceId }) => Number.parseInt(traceId, 16))
})

/** What every store of dead letters promises. `layer` makes an empty one that holds at most `maxBytes` bytes of frames. */
export const deadLettersContract = (
  name: string,
  layer: (maxBytes: number) => Layer.Layer<DeadLetters, unknown>
): void => {
  const test = (title: string, body: Effect.Effect<void, unknown, DeadLetters>, maxBytes = 1_000_000) =>
    it.effect(title, () => body.pipe(Effect.provide(layer(maxBytes), { local: true })))

  describe(name, () => {
    test(
      "gives back what was put away",
      Effect.gen(function* () {
        const deadLetters = yield* DeadLetters
        yield* deadLetters.append([letter(1, { answer: "no" }), letter(2)])
        const [two, one] = yield* deadLetters.list({}, 10)
        assert.deepStrictEqual([one?.traceId, one?.answer, one?.bytes], [letter(1).traceId, "no", 10])
        assert.deepStrictEqual([two?.refusals, two?.replayRequested], [1, false])
        assert.notProperty(two, "answer")
        const found = Option.getOrThrow(yield* deadLetters.get(one?.id ?? 0))
        assert.deepStrictEqual(found.frame, new Uint8Array(10).fill(1))
        assert.deepStrictEqual(found.spanIds, ["s1", "s2"])
        assert.isTrue(Option.isNone(yield* deadLetters.get(999)))
      })
    )

    test(
      "lists the newest first, of one destination or of all, and no more than asked for",
      Effect.gen(function* () {
        const deadLetters = yield* DeadLetters
        yield* deadLetters.append([letter(1), letter(3), letter(2), letter(4, { destination: "b" })])
        assert.deepStrictEqual(yield* tracesOf(), [4, 3, 2, 1])
        assert.deepStrictEqual(yield* tracesOf("a"), [3, 2, 1])
        assert.strictEqual((yield* deadLetters.list({}, 2)).length, 2)
        const ids = (yield* deadLetters.list({ destination: "b" }, 1)).map(({ id }) => id)
        assert.deepStrictEqual(yield* deadLetters.list({ ids, destination: "a" }, 9), [])
      })
    )

    test(
      "keeps one letter of a request: refused again, it says what was refused last and all that ever was",
      Effect.gen(function* () {
        const deadLetters = yield* DeadLetters
        yield* deadLetters.append([letter(1, { answer: "no" }), letter(1, { destination: "b" })])
        yield* deadLetters.requestReplay({})
        const again = { reason: "http_413", refusedAt: 9, spans: 2, spanIds: ["s2", "s3"], frame: new Uint8Array(7) }
        yield* deadLetters.append([letter(1, again)])
        const [summary] = yield* deadLetters.list({ destination: "a" }, 10)
        assert.deepStrictEqual(
          [summary?.reason, summary?.refusedAt, summary?.refusals, summary?.spans, summary?.bytes],
          ["http_413", 9, 2, 3, 7]
        )
        assert.notProperty(summary, "answer")
        assert.isFalse(summary?.replayRequested)
        const account = yield* accountOf("a")
        assert.deepStrictEqual([account.letters, account.bytes, account.buriedSpans], [1, 7, 3])
        // No ids stand for all of them.
        yield* deadLetters.append([letter(1, { spans: 5, spanIds: [] })])
        const found = Option.getOrThrow(yield* deadLetters.get(summary?.id ?? 0))
        assert.deepStrictEqual([found.spanIds, found.spans], [[], 5])
      })
    )

    test(
      "gives the exporter what a replay was asked for, the oldest first, as much as it can take and at least one",
      Effect.gen(function* () {
        const deadLetters = yield* DeadLetters
        yield* deadLetters.append([letter(1), letter(2), letter(3), letter(4, { destination: "b" })])
        const ids = (yield* deadLetters.list({ destination: "a" }, 10)).map(({ id }) => id)
        assert.deepStrictEqual(yield* deadLetters.take("a", 100), [])
        assert.strictEqual(yield* deadLetters.requestReplay({ ids: ids.slice(0, 2) }), 2)
        assert.strictEqual(yield* deadLetters.requestReplay({ destination: "a" }), 3)
        const taken = yield* deadLetters.take("a", 25)
        assert.deepStrictEqual(
          taken.map(({ traceId }) => Number.parseInt(traceId, 16)),
          [1, 2]
        )
        assert.strictEqual((yield* deadLetters.take("a", 1)).length, 1)
        assert.deepStrictEqual(yield* deadLetters.take("b", 100), [])
      })
    )

    test(
      "lets go of what the destination took, and keeps what it refused again",
      Effect.gen(function* () {
        const deadLetters = yield* DeadLetters
        yield* deadLetters.append([letter(1, { answer: "no" }), letter(2), letter(3)])
        yield* deadLetters.requestReplay({})
        const taken = yield* deadLetters.take("a", 100)
        assert.strictEqual(taken.length, 3)
        const [one = 0, two = 0, three = 0] = taken.map(({ id }) => id)
        yield* deadLetters.replayed([two, three], 1)
        yield* deadLetters.replayed([two], 0)
        yield* deadLetters.refusedAgain([one, 999], { reason: "http_422", refusedAt: 50 })
        assert.deepStrictEqual(yield* deadLetters.take("a", 100), [])
        const [left, ...others] = yield* deadLetters.list({}, 10)
        assert.deepStrictEqual(others, [])
        assert.deepStrictEqual(
          [left?.id, left?.reason, left?.refusedAt, left?.refusals, left?.replayRequested],
          [one, "http_422", 50, 2, false]
        )
        assert.notProperty(left, "answer")
        const account = yield* accountOf("a")
        assert.deepStrictEqual([account.replayedSpans, account.rejectedSpans, account.storedSpans], [3, 1, 2])
      })
    )

    const grown = letter(1, { refusedAt: 9, spans: 1, spanIds: ["s3"] })
    for (const [title, meanwhile] of [
      ["", Effect.void],
      [", also when it is asked for anew", Effect.flatMap(DeadLetters, (letters) => letters.requestReplay({}))]
    ] as const) {
      test(
        `leaves a letter alone that grew after it was taken${title}: not all of it was sent`,
        Effect.gen(function* () {
          const deadLetters = yield* DeadLetters
          yield* deadLetters.append([letter(1), letter(2)])
          yield* deadLetters.requestReplay({})
          const ids = (yield* deadLetters.take("a", 100)).map(({ id }) => id)
          yield* deadLetters.append([grown])
          yield* meanwhile
          const before = yield* deadLetters.list({ ids: ids.slice(0, 1) }, 1)
          yield* deadLetters.refusedAgain(ids.slice(0, 1), { reason: "http_422", refusedAt: 50 })
          yield* deadLetters.replayed(ids, 0)
          const left = yield* deadLetters.list({}, 10)
          assert.deepStrictEqual(left, before)
          assert.strictEqual(left[0]?.spans, 3)
          const account = yield* accountOf("a")
          assert.deepStrictEqual([account.letters, account.replayedSpans, account.storedSpans], [1, 2, 3])
          // It can be taken anew, and goes then.
          yield* deadLetters.requestReplay({})
          const [again] = yield* deadLetters.take("a", 100)
          assert.deepStrictEqual(again?.spanIds, ["s1", "s2", "s3"])
          yield* deadLetters.replayed([again?.id ?? 0], 0)
          assert.strictEqual((yield* accountOf("a")).replayedSpans, 5)
        })
      )
    }

    test(
      "purges what is chosen, and gives no number twice",
      Effect.gen(function* () {
        const deadLetters = yield* DeadLetters
        yield* deadLetters.append([letter(1), letter(2), letter(3, { destination: "b" })])
        assert.strictEqual(yield* deadLetters.purge({ ids: [999] }), 0)
        assert.strictEqual(yield* deadLetters.purge({ destination: "a" }), 2)
        assert.deepStrictEqual(yield* tracesOf(), [3])
        assert.strictEqual((yield* accountOf("a")).purgedSpans, 4)
        const [before] = yield* deadLetters.list({}, 1)
        assert.strictEqual(yield* deadLetters.purge({}), 1)
        yield* deadLetters.append([letter(4)])
        const [after] = yield* deadLetters.list({}, 1)
        assert.isAbove(after?.id ?? 0, before?.id ?? 0)
      })
    )

    test(
      "makes room by dropping the oldest of whoever has most, and counts them",
      Effect.gen(function* () {
        const deadLetters = yield* DeadLetters
        yield* deadLetters.append([letter(1, { destination: "b", frame: new Uint8Array(20) })])
        for (let index = 2; index <= 9; index++) yield* deadLetters.append([letter(index)])
        assert.deepStrictEqual(yield* tracesOf("b"), [1], "who has little keeps it")
        assert.deepStrictEqual(yield* tracesOf("a"), [9, 8, 7])
        assert.deepStrictEqual((yield* accountOf("a")).droppedSpans, { full: 10, expired: 0 })
        yield* deadLetters.append([letter(10, { frame: new Uint8Array(51) })])
        assert.deepStrictEqual(yield* tracesOf(), [1], "what is larger than all room is not kept")
        assert.strictEqual((yield* accountOf("a")).storedSpans, 0)
      }),
      50
    )

    it.effect.prop(
      "whatever happens, the accounts balance and nothing is kept beyond the bound",
      { steps: Schema.Array(Step).check(Schema.isMaxLength(30)) },
      ({ steps }) => runSteps(steps).pipe(Effect.provide(layer(60), { local: true })),
      { arbitrary: { runs: 30 } }
    )
  })
}

const small = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 6 }))
const Step = Schema.Union([
  Schema.Struct({ do: Schema.Literal("append"), letter: small, to: Schema.Literals(["a", "b"]), bytes: small }),
  Schema.Struct({ do: Schema.Literal("replay"), rejected: small, refused: small }),
  Schema.Struct({ do: Schema.Literals(["request", "purge"]), id: small })
])

const runSteps = Effect.fnUntraced(function* (steps: ReadonlyArray<typeof Step.Type>) {
  const deadLetters = yield* DeadLetters
  for (const step of steps) {
    switch (step.do) {
      case "append": {
        const spanIds = step.letter === 1 ? [] : [`s${step.bytes}`, `s${step.letter}`].slice(0, 1 + (step.bytes % 2))
        const spans = Math.max(1, spanIds.length)
        const frame = new Uint8Array(4 * step.bytes)
        yield* deadLetters.append([letter(step.letter, { destination: step.to, spanIds, spans, frame })])
        break
      }
      case "request":
        yield* deadLetters.requestReplay({ ids: [step.id, step.id + 1] })
        break
      case "purge":
        yield* deadLetters.purge({ ids: [step.id] })
        break
      case "replay": {
        const [refused, ...taken] = (yield* deadLetters.take("a", 30)).map(({ id }) => id)
        if (refused !== undefined)
          yield* deadLetters.refusedAgain([refused], { reason: "again", refusedAt: step.refused })
        yield* deadLetters.replayed(taken, step.rejected)
      }
    }
    const accounts = yield* deadLetters.accounts
    assertAccounts(accounts)
    const letters = yield* deadLetters.list({}, 1000)
    const bytes = letters.reduce((sum, each) => sum + each.bytes, 0)
    assert.isAtMost(bytes, 60)
    assert.strictEqual(
      accounts.reduce((sum, account) => sum + account.bytes, 0),
      bytes
    )
    assert.strictEqual(
      accounts.reduce((sum, account) => sum + account.storedSpans, 0),
      letters.reduce((sum, each) => sum + each.spans, 0)
    )
    assert.strictEqual(
      accounts.reduce((sum, account) => sum + account.letters, 0),
      letters.length
    )
  }
})
