import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { SpangateApi } from "../../src/services/api/SpangateApi.ts"
import { ConfigStore } from "../../src/services/store/ConfigStore.ts"
import { type Answer, type Call, call } from "./kit/call.ts"
import { ADMIN, controlPlane, EDITOR, Logged, SECRETS, seed, VIEWER } from "./kit/controlPlane.ts"
import { mutated, nasty, type Operation, operationsOf, sampleOf } from "./kit/samples.ts"

const spec = OpenApi.fromApi(SpangateApi)
const operations = operationsOf(spec)

const natural = (most: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: most }))

const textOf = (value: unknown): string => (typeof value === "string" ? value.toWellFormed() : JSON.stringify(value))

/** The operation as the document has it, with one thing wrong, or with nothing. */
const requestOf = (
  operation: Operation,
  place: number,
  how: number,
  head = 0
): { readonly path: string; readonly body: unknown } => {
  const wrongParameter = how % 3 === 0 ? place % (operation.parameters.length + 1) : -1
  const query = new URLSearchParams()
  let path = operation.path
  for (const [index, { in: where, name, schema }] of operation.parameters.entries()) {
    const right = name === "base" ? head : sampleOf(schema, spec)
    const value = textOf(index === wrongParameter ? nasty[how % nasty.length] : right).slice(0, 3000)
    if (where === "path") path = path.replace(`{${name}}`, encodeURIComponent(value === "" ? "e" : value))
    if (where === "query") query.set(name, value)
  }
  if (how % 7 === 0) query.set("unheardOf", "1")
  const sample = operation.body === undefined ? undefined : sampleOf(operation.body, spec)
  // Every other one stale.
  const body =
    how % 2 === 0 && Predicate.hasProperty(sample, "base")
      ? { ...sample, base: head, ...("dryRun" in sample ? { dryRun: false } : {}) }
      : sample
  return {
    path: query.size === 0 ? path : `${path}?${query}`,
    body: body === undefined || wrongParameter >= 0 ? body : mutated(body, place, how)
  }
}

const sound = (operation: Operation, answer: Answer, said: string) => {
  // The one that speaks for somebody else: there is no gateway here.
  const allowed = operation.path.startsWith("/api/playground") ? 502 : 499
  assert.isAtMost(answer.status, allowed, said)
  assert.isTrue(operation.statuses.has(answer.status), `${answer.status} is not declared: ${said}`)
  for (const secret of SECRETS) assert.notInclude(answer.text, secret, said)
  if (answer.status < 400) return
  assert.include(String(answer.headers["content-type"]), "application/problem+json", said)
  assert.strictEqual(answer.json.status, answer.status, said)
  assert.isString(answer.json.detail, said)
  if (answer.status === 400 || answer.status === 422) assert.isAtMost(answer.text.length, 100_000, said)
}

layer(controlPlane(), { excludeTestServices: true })("the API, fuzzed from its own document", (it) => {
  const tokens = [ADMIN, EDITOR, VIEWER, "forged", undefined]

  it.effect("begins with a configuration", () =>
    Effect.gen(function* () {
      const { endpoint } = yield* FakeMiddleware
      const applied = yield* call("POST", "/api/config/apply", { body: { document: seed(endpoint) } })
      assert.strictEqual(applied.status, 200, applied.text)
    })
  )

  it.effect.prop(
    "whatever is sent, the answer is a declared one, and a refusal changes nothing",
    { which: natural(operations.length - 1), place: natural(60), how: natural(nasty.length * 3), who: natural(9) },
    ({ how, place, which, who }) =>
      Effect.gen(function* () {
        const operation = operations[which]
        if (operation === undefined) return
        const store = yield* ConfigStore
        const before = (yield* store.snapshot).revision
        const { body, path } = requestOf(operation, place, how, before)
        // As an admin mostly: the others do not get far.
        const options: Call = { token: who < tokens.length ? tokens[who] : ADMIN }
        const answer = yield* call(operation.method, path, body === undefined ? options : { ...options, body })
        const said = `${operation.method} ${path.slice(0, 200)} ${JSON.stringify(body)?.slice(0, 300)} as ${who}: ${answer.status} ${answer.text.slice(0, 500)}`
        sound(operation, answer, said)
        if (who === 2 && operation.method !== "GET") assert.notStrictEqual(answer.status, 201, said)
        if (answer.status >= 400) assert.strictEqual((yield* store.snapshot).revision, before, said)
      }),
    { arbitrary: { runs: 800 }, timeout: 30_000 }
  )

  it.effect("each operation refuses who is nobody, and each body that is too long or no JSON", () =>
    Effect.gen(function* () {
      for (const operation of operations) {
        const { body, path } = requestOf(operation, 0, 2)
        const said = `${operation.method} ${path}`
        const isSignIn = operation.path === "/api/session" && operation.method === "POST"
        const nobody = yield* call(operation.method, path, { token: "forged", ...(body === undefined ? {} : { body }) })
        if (!isSignIn) assert.strictEqual(nobody.status, 401, said)
        sound(operation, nobody, said)
        if (operation.body === undefined) continue
        const broken = yield* call(operation.method, path, { raw: '{"a":' })
        const isPlayground = operation.path.startsWith("/api/playground")
        if (!isPlayground) assert.strictEqual(broken.status, 400, said)
        const long = yield* call(operation.method, path, { raw: Buffer.alloc(10 * 1024 * 1024 + 1, 32) })
        assert.strictEqual(long.status, 413, said)
        const typed = yield* call(operation.method, path, { raw: "a=b", headers: { "content-type": "text/plain" } })
        assert.strictEqual(typed.status, 415, said)
      }
    })
  )

  it.effect("and the log holds no secret", () =>
    Effect.gen(function* () {
      const { text } = yield* Logged
      for (const secret of SECRETS) assert.notInclude(text(), secret)
      assert.notInclude(text(), "unexpected way")
      assert.notInclude(text(), "does not fit the API")
    })
  )
})
