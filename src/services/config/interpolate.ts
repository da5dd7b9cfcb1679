import * as Predicate from "effect/Predicate"
import type { Finding, Path } from "./Problem.ts"

export type Environment = { readonly [name: string]: string | undefined }

export interface Interpolated {
  readonly document: unknown
  readonly findings: ReadonlyArray<Finding>
}

/**
 * Replaces each `${NAME}` in the document's strings by that environment variable; `$${` stands for `${`.
 * It works on parsed values, so a variable's content stays one string whatever it holds, and is not read again.
 * A string with a reference that cannot be resolved is left as it is, with a finding.
 */
export const interpolate = (document: unknown, env: Environment): Interpolated => {
  const findings: Array<Finding> = []
  const visit = (value: unknown, at: Path): unknown => {
    if (typeof value === "string") {
      const reason = whyUnresolved(value, env)
      if (reason === undefined) return substitute(value, env)
      findings.push({ at, reason })
      return value
    }
    if (Array.isArray(value)) return value.map((item, index) => visit(item, [...at, index]))
    // Object.fromEntries defines its keys, so that one named __proto__ stays a key.
    if (Predicate.isObject(value) && Object.getPrototypeOf(value) === Object.prototype)
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, visit(item, [...at, key])]))
    return value
  }
  return { document: visit(document, []), findings }
}

const reference = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{/g

const substitute = (text: string, env: Environment): string =>
  text.replace(reference, (match, name: string | undefined) => (name === undefined ? "${" : (env[name] ?? match)))

const escapeHint = "write $${ where ${ itself is meant"

const whyUnresolved = (text: string, env: Environment): string | undefined => {
  for (const [match, name] of text.matchAll(reference)) {
    if (match === "${") return `a reference is written \${NAME}, ${escapeHint}`
    if (name !== undefined && (!Object.hasOwn(env, name) || env[name] === undefined))
      return `environment variable ${name} is not set, set it or ${escapeHint}`
  }
  return undefined
}
