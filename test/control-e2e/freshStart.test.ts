import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FakeMiddleware } from "../../src/layers/fake/FakeMiddleware.ts"
import { FakeProvider } from "../../src/layers/fake/FakeProvider.ts"
import { assertAll, assertNone, storedBelow } from "../canaries/search.ts"
import { ask } from "../e2e/kit/ask.ts"
import { metricsOf } from "../e2e/kit/metrics.ts"
import { serving } from "../e2e/kit/Program.ts"
import { temporaryDirectory } from "../e2e/kit/temporaryDirectory.ts"
import { world } from "../e2e/kit/world.ts"
import { converse, PROMPT } from "./kit/conversation.ts"
import { secrets, secretWords, teamDocument } from "./kit/document.ts"
import { controlUrlOf } from "./kit/listening.ts"
import { spangateAt } from "./kit/spangate.ts"
import { SECOND, until } from "./kit/until.ts"

it.live("a fresh start: apply, call, see the trace, export, tokens; and no secret is to be found", () =>
  Effect.gen(function* () {
    const provider = yield* FakeProvider
    const middleware = yield* FakeMiddleware
    const directory = yield* temporaryDirectory
    // As a newcomer has it: nothing set.
    const program = yield* serving({ directory, env: { SPANGATE_CONFIG: "", SPANGATE_DATA: "" } })
    const [adminToken] = yield* program.says(/sga-[\w-]{43}/)
    const [accessToken] = yield* program.says(/sg-[\w-]{43}/)
    const spangate = spangateAt(yield* controlUrlOf(program), adminToken)

    const file = join(directory, "team.yaml")
    writeFileSync(file, teamDocument({ provider, middleware }))
    assert.match(yield* spangate.ok("apply", "-f", file, "--yes"), /, as revision 2\n$/)
    yield* until(
      "the account in force",
      ask(program.url, { token: secrets.access, model: "team/chat" }),
      ({ status }) => status === 200
    )
    assert.strictEqual(provider.requests().at(-1)?.headers.authorization, `Bearer ${secrets.provider}`)

    const traceId = yield* converse(program.url, "team/chat")
    yield* until("the trace stored", spangate.run("traces", "get", traceId), ({ code }) => code === 0)
    const shown = yield* spangate.ok("traces", "get", traceId)
    for (const part of ["4 SPANS", "user:alice", "team/chat → team/echo", "result       ok, status 200"]) {
      assert.include(shown, part)
    }
    assert.include(yield* spangate.ok("traces", "get", "--json", traceId), PROMPT)
    assert.strictEqual((yield* middleware.untilTrace(traceId, 4)).length, 4)
    const status = yield* spangate.ok("status")
    assert.match(status, /^Control plane .*, configuration revision 2\n/)
    assert.match(status, /^middleware +healthy /m)
    const { sum } = yield* metricsOf(program.url)
    assert.isAtLeast(sum("spangate_store_spans_total", { outcome: "stored" }), 4)

    const exported = join(directory, "export.yaml")
    yield* spangate.ok("export", "-o", exported)
    assert.include(readFileSync(exported, "utf8"), "team/chat")
    for (const more of [[], ["--prune"]]) {
      assert.match(
        yield* spangate.ok("apply", "-f", exported, "--yes", ...more),
        /^Nothing to change: revision 2 says the same\n$/
      )
    }

    const token = (yield* spangate.ok("token", "create", "--subject", "user:bob", "--model", "team/*")).trim()
    const statusWith = (token: string, model: string) =>
      Effect.map(ask(program.url, { token, model }), ({ status }) => status)
    const works = yield* until("the new token", statusWith(token, "team/echo"), (status) => status === 200)
    assert.isBelow(works, SECOND)
    assert.strictEqual(yield* statusWith(token, "demo/echo"), 403)
    const [, id = ""] = /^([0-9a-f]{16}) +user:bob /m.exec(yield* spangate.ok("token", "list")) ?? []
    yield* spangate.ok("token", "revoke", id)
    const ended = yield* until("the revoked token", statusWith(token, "team/echo"), (status) => status === 401)
    assert.isBelow(ended, SECOND)

    const words = [
      ...secretWords,
      ["made", token],
      ["first admin", adminToken],
      ["first access", accessToken],
      ["master key", readFileSync(join(directory, ".spangate", "master.key"), "utf8").trim()]
    ] as const
    // So that the write-ahead logs lie there too.
    program.signal("SIGKILL")
    yield* program.ended
    const stored = storedBelow(join(directory, ".spangate"), /\/(?!master\.key)[^/]+$/)
    assertAll("the stores", stored, [["prompt", PROMPT]])
    assertNone("the stores", stored, words)
    assertNone("the export", readFileSync(exported, "utf8"), words)
    const said = program.stdout() + program.stderr()
    assertNone("what it says", said.replace(/This is a first start[\s\S]*?in force within a second\.\n/, ""), words)
    // Each by itself, and once in what can be pasted.
    for (const first of [adminToken, accessToken]) assert.strictEqual(said.split(first).length - 1, 2)
    assertNone("what the command line says", spangate.said().replaceAll(token, ""), words)
    assert.strictEqual(program.stderr(), "")
  }).pipe(Effect.provide(world))
)
