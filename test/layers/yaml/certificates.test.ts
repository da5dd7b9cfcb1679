import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { stringify } from "yaml"
import { parseGatewayConfig } from "../../../src/layers/yaml/parseGatewayConfig.ts"
import { formatProblem } from "../../../src/services/config/Problem.ts"
import { certificate as another } from "./certificate.ts"

const directory = fileURLToPath(new URL("../../fixtures/tls/", import.meta.url))
const [certificate, key] = ["certificate.pem", "key.pem"].map((name) => readFileSync(directory + name, "utf8"))

/** A destination of a file that lies beside the certificates. */
const parse = (more: object) =>
  parseGatewayConfig(
    stringify({ otel: { destinations: [{ name: "d", endpoint: "https://otel.acme.io/v1/traces", ...more }] } }),
    { file: `${directory}spangate.yaml`, env: {} }
  )

const refused = (more: object): ReadonlyArray<string> => {
  const result = parse(more)
  return Result.isSuccess(result)
    ? []
    : result.failure.map((problem) => formatProblem({ path: problem.path, reason: problem.reason }))
}

const at = "otel.destinations[0]"

describe("a client's certificate and key", () => {
  for (const [name, pair] of [
    ["as PEM", { clientCertificate: certificate, clientKey: key }],
    ["as paths", { clientCertificate: "certificate.pem", clientKey: "./key.pem" }]
  ] as const) {
    it(`are read ${name}`, () => {
      const [destination] = Result.getOrThrow(parse(pair)).destinations
      assert.strictEqual(destination?.clientCertificate, certificate)
      assert.strictEqual(destination?.clientKey && Redacted.value(destination.clientKey), key)
    })
  }

  it("change the revision with the file's content", () => {
    const revision = (pair: object) => Result.getOrThrow(parse(pair)).revision
    const pair = { clientCertificate: certificate, clientKey: "key.pem" }
    assert.strictEqual(revision(pair), revision({ ...pair, clientKey: key }))
    assert.notStrictEqual(revision(pair), revision({ ...pair, clientKey: `${key}\n` }))
  })

  it("are refused when they are something else, without a word of them", () => {
    const body = key?.split("\n")[1] ?? ""
    const broken = key?.replace(body, body.slice(1)) ?? ""
    const lines = [
      ...refused({ clientCertificate: "certificate.pem", clientKey: "missing.pem" }),
      ...refused({ clientCertificate: key, clientKey: certificate }),
      ...refused({ clientCertificate: certificate, clientKey: broken }),
      ...refused({ clientCertificate: certificate, clientKey: body }),
      ...refused({ clientCertificate: another, clientKey: "key.pem" }),
      ...refused({ clientCertificate: certificate }),
      ...refused({ clientCertificate: certificate, clientKey: [key] })
    ]
    const unreadable = (code: string) =>
      `${at}.clientKey: names a file that cannot be read (${code}), write PEM or a path relative to this file`
    const noKey = `${at}.clientKey: is no private key in PEM, or is locked with a passphrase`
    assert.deepStrictEqual(lines, [
      unreadable("ENOENT"),
      `${at}.clientCertificate: is no certificate in PEM`,
      noKey,
      noKey,
      unreadable("ENOENT"),
      `${at}.clientKey: is not the key of clientCertificate`,
      `${at}.clientKey: is missing, clientCertificate needs it: write PEM or a path relative to this file`,
      `${at}.clientKey: expected text but this is a list`
    ])
    assert.notInclude(lines.join("\n"), body.slice(0, 12))
  })
})
