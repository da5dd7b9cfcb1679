import { X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import * as Predicate from "effect/Predicate"
import type { Finding, Path } from "../../services/config/Problem.ts"

/**
 * Replaces each `ca` that is a path, relative to `directory`, by the PEM that stands there.
 * One that cannot be read, or is no certificate, is left as it is, with a finding.
 */
export const inlineCertificates = (
  document: unknown,
  directory: string
): { readonly document: unknown; readonly findings: ReadonlyArray<Finding> } => {
  const findings: Array<Finding> = []
  const owner = (value: unknown, at: Path): unknown => {
    if (!isRecord(value) || typeof value["ca"] !== "string") return value
    const { pem, reason } = certificate(value["ca"], directory)
    if (reason !== undefined) findings.push({ at: [...at, "ca"], reason })
    return { ...value, ca: pem }
  }
  const owners = (value: unknown, at: Path): unknown =>
    Array.isArray(value) ? value.map((item, index) => owner(item, [...at, index])) : value

  if (!isRecord(document)) return { document, findings }
  const { otel, providerAccounts } = document
  return {
    document: {
      ...document,
      ...("providerAccounts" in document ? { providerAccounts: owners(providerAccounts, ["providerAccounts"]) } : {}),
      ...(isRecord(otel) && "destinations" in otel
        ? { otel: { ...otel, destinations: owners(otel["destinations"], ["otel", "destinations"]) } }
        : {})
    },
    findings
  }
}

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  Predicate.isObject(value) && !Array.isArray(value)

const certificate = (ca: string, directory: string): { readonly pem: string; readonly reason?: string } => {
  let pem = ca
  if (!ca.includes("-----BEGIN")) {
    try {
      pem = readFileSync(resolve(directory, ca), "utf8")
    } catch (cause) {
      const code = Predicate.hasProperty(cause, "code") ? ` (${String(cause.code)})` : ""
      return { pem, reason: `names a file that cannot be read${code}, write PEM or a path relative to this file` }
    }
  }
  try {
    new X509Certificate(pem)
    return { pem }
  } catch {
    return { pem, reason: "is no certificate in PEM" }
  }
}
