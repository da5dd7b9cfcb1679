import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import { ApiProblem } from "../../src/dashboard/api/ApiProblem.ts"
import { adminIssuerSpec } from "../../src/dashboard/pages/admins/adminIssuerForm.ts"
import { adminTokens, createAdminToken } from "../../src/dashboard/pages/admins/adminTokens.ts"
import { madeAt } from "../../src/dashboard/pages/admins/madeAt.ts"
import { refusalOf, whatBreaks } from "../../src/dashboard/pages/admins/removal.ts"
import { sha256 } from "../../src/services/trace/sha256.ts"

type Answer = "lost" | readonly [status: number, body: unknown]

interface Sent {
  readonly method: string
  readonly path: string
  readonly body:
    | {
        readonly base?: number
        readonly changes?: unknown
        readonly dryRun?: boolean
        readonly body?: { readonly name?: string; readonly role?: string; readonly sha256?: string }
      }
    | undefined
}

/** What an API says to one call after another, and what it was sent. */
const answering = (...answers: ReadonlyArray<Answer>) => {
  const left = [...answers]
  const sent = Object.assign([] as Sent[], { next: (...more: ReadonlyArray<Answer>) => void left.push(...more) })
  vi.stubGlobal("document", { baseURI: "https://host/prefix/" })
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    const { pathname, search } = new URL(url)
    const body = init.body == null ? undefined : JSON.parse(String(init.body))
    sent.push({ method: init.method ?? "GET", path: pathname.replace("/prefix/api/", "") + search, body })
    const next = left.shift() ?? [500, {}]
    if (next === "lost") return Promise.reject(new TypeError("Failed to fetch"))
    const [status, answer] = next
    return Promise.resolve(new Response(JSON.stringify(typeof answer === "function" ? answer() : answer), { status }))
  })
  return sent
}

const token = (name: string, role: string) => ({
  kind: "admin-token" as const,
  name,
  body: { name, role, sha256: sha256(name).toUpperCase() },
  revision: 3
})
const issuer = { kind: "admin-issuer" as const, name: "https://idp", body: { issuer: "https://idp" }, revision: 4 }

describe("admin tokens", () => {
  afterEach(() => void vi.unstubAllGlobals())

  it("are listed with what is no secret", () => {
    assert.deepStrictEqual(adminTokens({ entities: [token("ci", "editor"), issuer] }), [
      { name: "ci", role: "editor", id: sha256("ci").slice(0, 16), revision: 3 }
    ])
  })

  it("are made here: the control plane gets the hash, and never the token", async () => {
    const sent = answering([200, { revision: 8, diffs: [] }], [200, { revision: 9, diffs: [] }])
    const made = await createAdminToken("ci", "viewer", 7)
    assert.match(made.token, /^sga-[A-Za-z0-9_-]{43}$/)
    assert.deepStrictEqual(
      [...sent],
      [
        {
          method: "PUT",
          path: "config/admin-token/ci",
          body: { base: 7, body: { name: "ci", role: "viewer", sha256: sha256(made.token) } }
        }
      ]
    )
    assert.notInclude(JSON.stringify(sent), made.token)
    assert.notStrictEqual((await createAdminToken("ci", "viewer", 8)).token, made.token)
  })

  it("do not replace one of the same name that somebody has just made", async () => {
    answering([409, { title: "Stale", current: 8 }], [200, token("ci", "admin")])
    const problem = await createAdminToken("ci", "viewer", 7).catch((cause: unknown) => cause)
    assert.instanceOf(problem, ApiProblem)
    assert.strictEqual(problem.errors[0]?.path, "payload.body.name")
  })

  it("are given out where the answer was lost and the hash is there", async () => {
    const sent = answering("lost")
    const kept = () => ({ kind: "admin-token", name: "lost-1", revision: 8, body: sent[0]?.body?.body })
    sent.next([200, kept])
    const made = await createAdminToken("lost-1", "viewer", 7)
    assert.strictEqual(sent[0]?.body?.body?.sha256, sha256(made.token))
    assert.deepStrictEqual(
      sent.map(({ method, path }) => `${method} ${path}`),
      ["PUT config/admin-token/lost-1", "GET config/admin-token/lost-1"]
    )
  })

  it("are not taken by a try of one's own that nobody answered, nor by its role", async () => {
    const sent = answering("lost", "lost")
    const problem = await createAdminToken("lost-2", "viewer", 7).catch((cause: unknown) => cause)
    assert.deepInclude(problem, { status: 0 })
    const kept = () => ({ kind: "admin-token", name: "lost-2", revision: 8, body: sent[0]?.body?.body })
    sent.next([409, { title: "Stale", current: 8 }], [200, kept], [200, { revision: 9, diffs: [] }])
    const made = await createAdminToken("lost-2", "editor", 7)
    assert.deepStrictEqual(sent.at(-1)?.body, {
      base: 8,
      body: { name: "lost-2", role: "editor", sha256: sha256(made.token) }
    })
    assert.strictEqual(sent[0]?.body?.body?.sha256, sha256(made.token))
  })

  it("that were lost and are somebody else's by now are taken", async () => {
    answering("lost", [200, token("lost-3", "viewer")])
    assert.deepInclude(await createAdminToken("lost-3", "viewer", 7).catch((cause: unknown) => cause), { status: 0 })
    answering([409, { title: "Stale", current: 8 }], [200, token("lost-3", "viewer")])
    assert.deepInclude(await createAdminToken("lost-3", "viewer", 7).catch((cause: unknown) => cause), { status: 409 })
  })

  it("were made when their revision was; what cannot be told is left out", async () => {
    const sent = answering([200, [{ revision: 3, at: 1234 }]], [200, [{ revision: 1, at: 99 }]], [503, {}])
    const dates = await madeAt([3, 3, 4, 5], new AbortController().signal)
    assert.deepStrictEqual([...dates], [[3, 1234]])
    assert.deepStrictEqual(
      sent.map(({ path }) => path),
      ["revisions?before=4&limit=1", "revisions?before=5&limit=1", "revisions?before=6&limit=1"]
    )
  })
})

describe("removing somebody who operates", () => {
  afterEach(() => void vi.unstubAllGlobals())

  const ci = { kind: "admin-token", name: "ci" } as const
  const warnings = (entities: ReadonlyArray<ReturnType<typeof token> | typeof issuer>, actor: string) =>
    whatBreaks({ entities }, ci, actor).slice(1)

  it("warns who would lock themselves out", () => {
    const entities = [token("ci", "admin"), token("me", "admin")]
    assert.deepStrictEqual(warnings(entities, "token:me"), [])
    assert.match(warnings(entities, "token:ci")[0] ?? "", /You are signed in with it/)
  })

  it("warns of the last admin, and says who is left", () => {
    assert.match(warnings([token("ci", "admin"), token("b", "viewer")], "admin")[0] ?? "", /only SPANGATE_ADMIN_TOKEN/)
    assert.match(warnings([token("ci", "admin"), issuer], "admin")[0] ?? "", /only tokens of https:\/\/idp/)
  })

  it("says nothing of admins where it is no admin that goes", () => {
    assert.deepStrictEqual(warnings([token("ci", "viewer"), token("b", "editor")], "admin"), [])
    assert.deepStrictEqual(warnings([token("ci", "editor"), issuer], "admin"), [])
    const gone = whatBreaks({ entities: [issuer] }, { kind: "admin-issuer", name: issuer.name }, "admin")
    assert.match(gone.at(-1) ?? "", /only SPANGATE_ADMIN_TOKEN/)
  })

  it("asks the control plane first, which says why not", async () => {
    const sent = answering([
      422,
      { title: "refused", errors: [{ path: "admin", reason: "leaves nobody with the role admin" }] }
    ])
    assert.deepStrictEqual(await refusalOf(ci, 7), ["This leaves nobody with the role admin"])
    assert.deepStrictEqual(sent[0]?.body, {
      base: 7,
      changes: [{ action: "delete", kind: "admin-token", name: "ci" }],
      dryRun: true
    })
  })

  it("asks again where somebody has saved meanwhile, and fails with what is no refusal", async () => {
    const sent = answering([409, { title: "Stale", current: 9 }], [200, { revision: 9, diffs: [] }])
    assert.deepStrictEqual(await refusalOf(ci, 7), [])
    assert.deepInclude(sent[1]?.body, { base: 9 })
    answering([503, { title: "Not available now" }])
    const problem = await refusalOf(ci, 7).catch((cause: unknown) => cause)
    assert.deepInclude(problem, { status: 503 })
  })
})

describe("an admin issuer's form", () => {
  it("says what was written, and keeps what it has no field for", () => {
    const body = {
      issuer: "https://idp",
      audience: "spangate",
      jwksUrl: "https://idp/jwks",
      algorithms: ["ES256"],
      rolesClaim: "groups",
      other: 1
    }
    assert.deepStrictEqual(adminIssuerSpec.write(adminIssuerSpec.read(body)), body)
    const blank = adminIssuerSpec.read({})
    assert.deepStrictEqual(Object.keys(adminIssuerSpec.check(blank)), ["issuer", "audience", "jwksUrl"])
  })
})
