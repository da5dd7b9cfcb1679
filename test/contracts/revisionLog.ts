import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { entityKinds } from "../../src/services/config/entities.ts"
import {
  AUDIT_RETENTION,
  type AuditEntry,
  RevisionLog,
  type StoredChange,
  type StoredEntity
} from "../../src/services/store/RevisionLog.ts"
import { gone, put, revisionOn, stored } from "./revisions.ts"

type Log = RevisionLog["Service"]

/** Tries again on the head that is, until it is in force. */
const appendOnHead = (log: Log, changes: ReadonlyArray<StoredChange>) =>
  log.head.pipe(
    Effect.flatMap((base) => log.append(revisionOn(base, changes))),
    Effect.retry({ while: (error) => error._tag === "StaleRevision" })
  )

// What databases, shells and JSON give a meaning to.
const hostile = [
  "'; DROP TABLE revisions; --",
  '"; DROP SCHEMA spangate CASCADE; --',
  "$1 ? %s {} \\ \\0 \\u0000 \\\\",
  "NUL \0 inside",
  "line\r\nend\ttab",
  "\u{1F600} e\u0301 \u00e9 \u202e \ufeff \ufffd",
  "null",
  " ",
  "a".repeat(2000)
]

// Ascending by code point; every language sorts them in another way.
const byBytes = ["A", "B", "Z", "_", "a", "b", "z", "\u00e4", "\u00df\u00df", "\u{10000}"].sort((a, b) =>
  Buffer.compare(Buffer.from(a), Buffer.from(b))
)

/**
 * What every log of revisions promises. `database` makes an empty one that goes with the scope; each building of the
 * layer that it gives is another process's way to it.
 */
export const revisionLogContract = (
  name: string,
  database: Effect.Effect<Layer.Layer<RevisionLog, unknown>, unknown, Scope.Scope>
): void => {
  const open = (layer: Layer.Layer<RevisionLog, unknown>) =>
    Effect.map(Layer.build(Layer.fresh(layer)), (context) => Context.get(context, RevisionLog))

  const test = (title: string, body: (log: Log, another: Effect.Effect<Log, unknown, Scope.Scope>) => Test) =>
    it.live(title, () =>
      Effect.flatMap(database, (layer) => Effect.flatMap(open(layer), (log) => body(log, open(layer))))
    )

  describe(name, () => {
    test("is empty at first", (log) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* log.head, 0)
        assert.deepStrictEqual(yield* log.entitiesAt(0), [])
        assert.deepStrictEqual(yield* log.entitiesAt(9), [])
        assert.deepStrictEqual(yield* log.revisions({ limit: 9 }), [])
        assert.deepStrictEqual(yield* log.auditLog({ limit: 9 }), [])
        assert.isTrue(Option.isNone(yield* log.revision(0)))
        assert.isTrue(Option.isNone(yield* log.revision(1)))
        assert.isTrue(Option.isNone(yield* log.kept("file")))
      }))

    test("has one epoch, for whoever opens it and whenever: about now", (log, another) =>
      Effect.gen(function* () {
        yield* log.append(revisionOn(0, [put("a")]))
        assert.strictEqual((yield* another).epoch, log.epoch)
        assert.isTrue(Number.isSafeInteger(log.epoch))
        assert.closeTo(log.epoch, Date.now(), 60_000)
      }))

    test("numbers revisions from 1, and refuses one whose base is not the head", (log) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* log.append(revisionOn(0, [put("a")])), 1)
        assert.strictEqual(yield* log.append(revisionOn(1, [put("b")])), 2)
        for (const base of [0, 1, 3, -1, Number.MAX_SAFE_INTEGER]) {
          const refused = yield* Effect.flip(
            log.append(revisionOn(base, [put("c")], { keep: { name: "file", text: "c" } }))
          )
          assert.deepInclude(refused, { _tag: "StaleRevision", base, current: 2 })
        }
        assert.strictEqual(yield* log.head, 2)
        assert.deepStrictEqual(yield* log.entitiesAt(2), [stored("a", 1), stored("b", 2)])
        assert.isTrue(Option.isNone(yield* log.kept("file")))
      }))

    test("takes a revision that changes nothing", (log) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* log.append(revisionOn(0, [], { note: "sealed anew" })), 1)
        assert.deepStrictEqual(Option.getOrThrow(yield* log.revision(1)).changes, [])
      }))

    test("gives each number once and loses none, with fifty writers in each of two processes", (log, another) =>
      Effect.gen(function* () {
        const logs = [log, yield* another]
        const numbers = yield* Effect.forEach(
          Array.from({ length: 100 }, (_, index) => index),
          (index) => appendOnHead(logs[index % 2] ?? log, [put(`t${index}`)]),
          { concurrency: 16 }
        )
        assert.deepStrictEqual(
          [...numbers].sort((a, b) => a - b),
          Array.from({ length: 100 }, (_, index) => index + 1)
        )
        const entities = yield* log.entitiesAt(100)
        assert.strictEqual(entities.length, 100)
        for (const [index, number] of numbers.entries()) {
          assert.strictEqual(entities.find((entity) => entity.name === `t${index}`)?.revision, number)
        }
      }))

    test("lets exactly one of many win who write on the same base at once", (log, another) =>
      Effect.gen(function* () {
        const logs = [log, yield* another]
        const ends = yield* Effect.forEach(
          Array.from({ length: 20 }, (_, index) => index),
          (index) => Effect.result((logs[index % 2] ?? log).append(revisionOn(0, [put(`t${index}`)]))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(ends.filter((end) => end._tag === "Success").length, 1)
        for (const end of ends) {
          if (end._tag === "Failure") assert.deepInclude(end.failure, { _tag: "StaleRevision", base: 0, current: 1 })
        }
        assert.strictEqual((yield* log.entitiesAt(1)).length, 1)
      }))

    test("says what was alive at any revision, deleted and made again", (log) =>
      Effect.gen(function* () {
        yield* log.append(revisionOn(0, [put("a", 1), put("b", 1)]))
        yield* log.append(revisionOn(1, [put("a", 2, "update")]))
        yield* log.append(revisionOn(2, [gone("a")]))
        yield* log.append(revisionOn(3, [put("a", 4)]))
        const expected = [
          [],
          [stored("a", 1, 1), stored("b", 1, 1)],
          [stored("a", 2, 2), stored("b", 1, 1)],
          [stored("b", 1, 1)],
          [stored("a", 4, 4), stored("b", 1, 1)]
        ]
        for (const [revision, entities] of expected.entries()) {
          assert.deepStrictEqual(yield* log.entitiesAt(revision), entities, `at ${revision}`)
        }
      }))

    test("lists entities by kind, then by the bytes of the name", (log) =>
      Effect.gen(function* () {
        const changes = entityKinds.flatMap((kind) => byBytes.map((name) => ({ ...put(name), kind })))
        yield* log.append(revisionOn(0, changes.toReversed()))
        const found = yield* log.entitiesAt(1)
        const expected = [...entityKinds].sort().flatMap((kind) => byBytes.map((name) => [kind, name]))
        assert.deepStrictEqual(
          found.map(({ kind, name }) => [kind, name]),
          expected
        )
      }))

    test("tells what a revision did, in the order in which it was given", (log) =>
      Effect.gen(function* () {
        yield* log.append(revisionOn(0, [put("b"), put("a")], { at: 5, author: "bob", note: "first" }))
        yield* log.append(
          revisionOn(1, [put("b", 2, "update"), gone("a"), put("0"), { ...put("z"), kind: "destination" }], { at: 6 })
        )
        const [second, first, ...none] = yield* log.revisions({ limit: 9 })
        assert.deepStrictEqual(none, [])
        assert.deepStrictEqual(first, {
          revision: 1,
          at: 5,
          author: "bob",
          note: "first",
          changes: [
            { kind: "team", name: "b", action: "create" },
            { kind: "team", name: "a", action: "create" }
          ]
        })
        assert.deepStrictEqual(second, {
          revision: 2,
          at: 6,
          author: "alice",
          note: "",
          changes: [
            { kind: "team", name: "b", action: "update" },
            { kind: "team", name: "a", action: "delete" },
            { kind: "team", name: "0", action: "create" },
            { kind: "destination", name: "z", action: "create" }
          ]
        })
        assert.deepStrictEqual(Option.getOrThrow(yield* log.revision(1)), first)
        assert.isTrue(Option.isNone(yield* log.revision(3)))
      }))

    test("pages through revisions, newest first", (log) =>
      Effect.gen(function* () {
        for (let base = 0; base < 7; base++) yield* log.append(revisionOn(base, [put(`t${base}`)]))
        const numbers = (page: { readonly before?: number; readonly limit: number }) =>
          Effect.map(log.revisions(page), (infos) => infos.map(({ revision }) => revision))
        assert.deepStrictEqual(yield* numbers({ limit: 3 }), [7, 6, 5])
        assert.deepStrictEqual(yield* numbers({ before: 5, limit: 3 }), [4, 3, 2])
        assert.deepStrictEqual(yield* numbers({ before: 2, limit: 3 }), [1])
        assert.deepStrictEqual(yield* numbers({ before: 1, limit: 3 }), [])
        assert.deepStrictEqual(yield* numbers({ before: Number.MAX_SAFE_INTEGER, limit: 1 }), [7])
      }))

    test("seals one version anew, and nothing else", (log) =>
      Effect.gen(function* () {
        yield* log.append(revisionOn(0, [put("a", 1), put("b", 1)]))
        yield* log.append(revisionOn(1, [put("a", 2, "update")]))
        yield* log.append(revisionOn(2, [gone("b")]))
        const before = yield* log.revisions({ limit: 9 })
        yield* log.reseal(stored("a", 1, "sealed"))
        yield* log.reseal(stored("nobody", 1, "sealed"))
        yield* log.reseal(stored("b", 3, "sealed"))
        assert.deepStrictEqual(yield* log.entitiesAt(1), [stored("a", 1, "sealed"), stored("b", 1, 1)])
        assert.deepStrictEqual(yield* log.entitiesAt(3), [stored("a", 2, 2)])
        assert.deepStrictEqual(yield* log.revisions({ limit: 9 }), before)
        assert.strictEqual(yield* log.head, 3)
      }))

    test("keeps an audit log beside the revisions, newest first, and pages through those of one moment", (log) =>
      Effect.gen(function* () {
        const entry = (target: string) => ({ at: 5, actor: "bob", action: "login", target, detail: "from here" })
        const targets = ["a", "b", "c", "d", "e"]
        for (const target of targets) yield* log.audit(entry(target))
        const all = yield* log.auditLog({ limit: 9 })
        assert.deepStrictEqual(
          all.map(({ id: _, ...rest }) => rest),
          targets.toReversed().map(entry)
        )
        const read: Array<AuditEntry> = []
        for (;;) {
          const last = read.at(-1)
          const page = yield* log.auditLog({ limit: 2, ...(last === undefined ? {} : { before: last.id }) })
          if (page.length === 0) break
          read.push(...page)
        }
        assert.deepStrictEqual(read, all)
        assert.strictEqual((yield* log.auditLog({ before: Number.MAX_SAFE_INTEGER, limit: 1 })).length, 1)
        assert.strictEqual(yield* log.head, 0)
      }))

    test("forgets audit entries after 400 days", (log) =>
      Effect.gen(function* () {
        const day = 86_400_000
        const entry = (at: number) => ({ at, actor: "bob", action: "login", target: "", detail: "" })
        for (const at of [0, day, 400 * day]) yield* log.audit(entry(at))
        assert.strictEqual((yield* log.auditLog({ limit: 9 })).length, 3)
        yield* log.audit(entry(401 * day))
        assert.deepStrictEqual(
          (yield* log.auditLog({ limit: 9 })).map(({ at }) => at / day),
          [401, 400, 1]
        )
      }))

    test("lets nobody push what others did out of the audit log", (log) =>
      Effect.gen(function* () {
        const note = (actor: string, action: string) => log.audit({ at: 5, actor, action, target: "", detail: "" })
        yield* note("bob", "token_created")
        yield* note("mallory", "token_created")
        for (let i = 0; i < AUDIT_RETENTION.ofOneKind + 3; i++) yield* note("mallory", "forbidden")
        yield* note("bob", "forbidden")
        const count = new Map<string, number>()
        for (let before = Number.MAX_SAFE_INTEGER; ; ) {
          const page = yield* log.auditLog({ limit: 500, before })
          for (const { action, actor } of page) {
            count.set(`${actor} ${action}`, (count.get(`${actor} ${action}`) ?? 0) + 1)
          }
          const last = page.at(-1)
          if (last === undefined) break
          before = last.id
        }
        assert.deepStrictEqual(Object.fromEntries(count), {
          "bob forbidden": 1,
          "mallory forbidden": AUDIT_RETENTION.ofOneKind,
          "mallory token_created": 1,
          "bob token_created": 1
        })
      }))

    test("keeps texts by name, alone or with a revision", (log, another) =>
      Effect.gen(function* () {
        yield* log.keep("file", "one")
        yield* log.keep("other", "")
        yield* log.keep("file", "two")
        assert.deepStrictEqual(yield* log.kept("file"), Option.some("two"))
        assert.deepStrictEqual(yield* log.kept("other"), Option.some(""))
        yield* log.append(revisionOn(0, [put("a")], { keep: { name: "file", text: "three" } }))
        yield* log.append(revisionOn(1, [put("b")], { keep: { name: "new", text: "four" } }))
        const there = yield* another
        assert.deepStrictEqual(yield* there.kept("file"), Option.some("three"))
        assert.deepStrictEqual(yield* there.kept("new"), Option.some("four"))
      }))

    test("gives back any text as it was", (log) =>
      Effect.gen(function* () {
        for (const [base, text] of hostile.entries()) {
          const change = put(text, { text, [text]: [text] })
          yield* log.append(revisionOn(base, [change], { author: text, note: text, keep: { name: text, text } }))
          const info = Option.getOrThrow(yield* log.revision(base + 1))
          assert.deepInclude(info, { author: text, note: text })
          assert.deepStrictEqual(info.changes, [{ kind: "team", name: text, action: "create" }])
          assert.deepStrictEqual(yield* log.kept(text), Option.some(text))
          const entry = { at: base, actor: text, action: text, target: text, detail: text }
          yield* log.audit(entry)
          const [newest] = yield* log.auditLog({ limit: 1 })
          assert.deepInclude(newest, entry)
          const resealed = { ...change, revision: base + 1, body: JSON.stringify(text) }
          yield* log.reseal(resealed)
          const found = (yield* log.entitiesAt(base + 1)).find(({ name }) => name === text)
          assert.deepStrictEqual(found, { kind: "team", name: text, revision: base + 1, body: JSON.stringify(text) })
        }
        assert.strictEqual((yield* log.entitiesAt(hostile.length)).length, hostile.length)
      }))

    test("holds a body of a megabyte", (log) =>
      Effect.gen(function* () {
        const body = { text: 'a\u0000\u{1F600}\\"'.repeat(100_000) }
        yield* log.append(revisionOn(0, [put("a", body)]))
        assert.deepStrictEqual(yield* log.entitiesAt(1), [stored("a", 1, body)])
      }))

    test("appends ten thousand entities at once", (log) =>
      Effect.gen(function* () {
        const changes = Array.from({ length: 10_000 }, (_, index) => put(`t${String(index).padStart(5, "0")}`))
        yield* log.append(revisionOn(0, changes)).pipe(Effect.timeout("5 seconds"))
        assert.deepStrictEqual(
          yield* log.entitiesAt(1),
          changes.map(({ name }) => stored(name, 1))
        )
        assert.strictEqual(Option.getOrThrow(yield* log.revision(1)).changes.length, 10_000)
      }))

    test("tells the head now, and each that another process makes, within 300 ms", (log, another) =>
      Effect.gen(function* () {
        const there = yield* another
        yield* there.append(revisionOn(0, [put("a")]))
        const told = yield* Queue.unbounded<readonly [head: number, at: number]>()
        yield* log.heads.pipe(
          Stream.runForEach((head) => Queue.offer(told, [head, performance.now()])),
          Effect.forkScoped
        )
        // Told as it is now, or 0 first and then 1.
        let [head] = yield* Queue.take(told)
        while (head < 1) [head] = yield* Queue.take(told)
        for (let base = 1; base < 4; base++) {
          yield* there.append(revisionOn(base, [put(`t${base}`)]))
          const committed = performance.now()
          const [next, at] = yield* Queue.take(told)
          assert.strictEqual(next, base + 1)
          assert.isBelow(at - committed, 300)
        }
      }))

    test("tells each of its readers its own commit, at once to whoever begins after it", (log) =>
      Effect.gen(function* () {
        const readers = yield* Effect.forEach([1, 2, 3], () =>
          log.heads.pipe(
            Stream.takeUntil((head) => head === 2),
            Stream.runCollect,
            Effect.forkScoped({ startImmediately: true })
          )
        )
        yield* log.append(revisionOn(0, [put("a")]))
        yield* log.append(revisionOn(1, [put("b")]))
        for (const reader of readers) {
          const heads = yield* Fiber.join(reader)
          assert.strictEqual(heads.at(-1), 2)
          assert.deepStrictEqual(
            heads,
            [...new Set(heads)].sort((a, b) => a - b)
          )
        }
        assert.deepStrictEqual(yield* log.heads.pipe(Stream.take(1), Stream.runCollect), [2])
      }))

    const Step = Schema.Struct({
      names: Schema.Array(Schema.Literals(["a", "b", "c"])).check(Schema.isMaxLength(3)),
      remove: Schema.Boolean
    })
    it.live.prop(
      "agrees with a map that is copied for each revision",
      { steps: Schema.Array(Step).check(Schema.isMaxLength(6)) },
      ({ steps }) =>
        Effect.gen(function* () {
          const log = yield* open(yield* database)
          let alive = new Map<string, StoredEntity>()
          const history = [alive]
          for (const [base, { names, remove }] of steps.entries()) {
            const next = new Map(alive)
            const changes = [...new Set(names)].flatMap((name): ReadonlyArray<StoredChange> => {
              if (!remove) {
                next.set(name, stored(name, base + 1, base))
                return [put(name, base, alive.has(name) ? "update" : "create")]
              }
              return next.delete(name) ? [gone(name)] : []
            })
            yield* log.append(revisionOn(base, changes))
            history.push((alive = next))
          }
          for (const [revision, entities] of history.entries()) {
            const expected = [...entities.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
            assert.deepStrictEqual(yield* log.entitiesAt(revision), expected)
          }
        }),
      { arbitrary: { runs: 8 } }
    )
  })
}

type Test = Effect.Effect<void, unknown, Scope.Scope>
