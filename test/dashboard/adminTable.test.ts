import { afterEach, assert, describe, it } from "@effect/vitest"
import { h } from "preact"
import { session } from "../../src/dashboard/app/session.ts"
import { AdminTokenTable } from "../../src/dashboard/pages/admins/AdminTokenTable.tsx"
import { adminTokens } from "../../src/dashboard/pages/admins/adminTokens.ts"
import { rendered } from "./rendered.ts"

const entity = (name: string, more: Readonly<Record<string, string>>) => ({
  kind: "admin-token" as const,
  name,
  body: { name, role: "editor", ...more },
  revision: 3
})

const table = (...entities: ReadonlyArray<ReturnType<typeof entity>>): string =>
  rendered(
    h(AdminTokenTable, {
      tokens: adminTokens({ entities }),
      dates: new Map([[3, 1_700_000_000_000]]),
      onRevoke: () => {}
    })
  )

const heads = (html: string) =>
  [...html.matchAll(/<th scope="col">([^<]*|<span.*?<\/span>)<\/th>/g)].map(([, text]) => text)

describe("the table of admin tokens", () => {
  afterEach(() => {
    session.value = undefined
  })

  it("says of each its name, role, id and day, by the heads that a narrow screen repeats", () => {
    const html = table(entity("ci", { sha256: "AB".repeat(32) }))
    assert.deepStrictEqual(heads(html).slice(0, 4), ["Name", "Role", "Id", "Made"])
    assert.include(html, '<th scope="row" class="wrap row-name"><bdi class="name">ci</bdi>')
    assert.include(html, 'data-label="Id"><span title="The beginning of its SHA-256">abababababababab</span></td>')
    assert.include(html, 'aria-label="Revoke ci"')
    assert.notInclude(html, ">you<")
  })

  it("has no column for what the API keeps from who looks", () => {
    const html = table(entity("ci", {}), entity("alice", {}))
    assert.deepStrictEqual(heads(html).slice(0, 3), ["Name", "Role", "Made"])
    assert.notInclude(html, 'data-label="Id"')
    assert.strictEqual(html.match(/<td/g)?.length, 2 * 3)
  })

  it("marks one's own, and not the one that only looks like it", () => {
    session.value = { actor: "token:alice", role: "admin", csrf: "", expiresAt: 0 }
    const html = table(entity("alice", {}), entity("ali\u200bce", {}))
    assert.strictEqual(html.match(/>you</g)?.length, 1)
    assert.include(html, 'ali<span class="code-point">U+200B</span>ce')
    assert.include(html, 'aria-label="Revoke ali[U+200B]ce"')
  })
})
