import { createPrivateKey, X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import * as Predicate from "effect/Predicate"
import type { Finding, Path } from "../../services/config/Problem.ts"

type Owner = { readonly [key: string]: unknown }

/** What is wrong with a value once it is read. */
type Check = (pem: string, owner: Owner) => string | undefined

const certificate: Check = (pem) => (x509(pem) === undefined ? "is no certificate in PEM" : undefined)

const privateKey: Check = (pem, { clientCertificate }) => {
  const key = attempt(() => createPrivateKey(pem))
  if (key === undefined) return "is no private key in PEM, or is locked with a passphrase"
  const owner = typeof clientCertificate === "string" ? x509(clientCertificate) : undefined
  return owner?.checkPrivateKey(key) === false ? "is not the key of clientCertificate" : undefined
}

const ofAccount = { ca: certificate }
// In this order: a key is held against the certificate that was read before it.
const ofDestination = { ca: certificate, clientCertificate: certificate, clientKey: privateKey }

/**
 * Replaces each certificate and key that is a path, relative to `directory`, by the PEM that stands there.
 * One that cannot be read, or is not what it should be, is left as it is, with a finding that quotes nothing of it.
 */
export const inlineCertificates = (
  document: unknown,
  directory: string
): { readonly document: unknown; readonly findings: ReadonlyArray<Finding> } => {
  const findings: Array<Finding> = []
  const owner = (value: unknown, at: Path, checks: { readonly [key: string]: Check }): unknown => {
    if (!isRecord(value)) return value
    let inlined: Owner = value
    for (const [key, check] of Object.entries(checks)) {
      const text = value[key]
      if (typeof text !== "string") continue
      const { pem, reason } = read(text, directory)
      inlined = { ...inlined, [key]: pem }
      const refused = reason ?? check(pem, inlined)
      if (refused !== undefined) findings.push({ at: [...at, key], reason: refused })
    }
    return inlined
  }
  const owners = (value: unknown, at: Path, checks: { readonly [key: string]: Check }): unknown =>
    Array.isArray(value) ? value.map((item, index) => owner(item, [...at, index], checks)) : value

  if (!isRecord(document)) return { document, findings }
  const { otel, providerAccounts } = document
  return {
    document: {
      ...document,
      ...("providerAccounts" in document
        ? { providerAccounts: owners(providerAccounts, ["providerAccounts"], ofAccount) }
        : {}),
      ...(isRecord(otel) && "destinations" in otel
        ? { otel: { ...otel, destinations: owners(otel["destinations"], ["otel", "destinations"], ofDestination) } }
        : {})
    },
    findings
  }
}

const isRecord = (value: unknown): value is Owner => Predicate.isObject(value) && !Array.isArray(value)

const read = (text: string, directory: string): { readonly pem: string; readonly reason?: string } => {
  if (text.includes("-----BEGIN")) return { pem: text }
  try {
    return { pem: readFileSync(resolve(directory, text), "utf8") }
  } catch (cause) {
    const code = Predicate.hasProperty(cause, "code") ? ` (${String(cause.code)})` : ""
    return { pem: text, reason: `names a file that cannot be read${code}, write PEM or a path relative to this file` }
  }
}

const x509 = (pem: string): X509Certificate | undefined => attempt(() => new X509Certificate(pem))

const attempt = <A>(make: () => A): A | undefined => {
  try {
    return make()
  } catch {
    return undefined
  }
}
