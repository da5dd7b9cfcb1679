import type { ApiProblem } from "../api/ApiProblem.ts"

export interface FieldErrors {
  /** By the form's field: the first step of the path. */
  readonly fields: Readonly<Record<string, string>>
  /** What belongs to no field of this form. */
  readonly others: ReadonlyArray<string>
}

export const noErrors: FieldErrors = { fields: {}, others: [] }

/**
 * Where a problem's errors belong in a form. Paths come as `payload.body.endpoint` or, of the whole configuration, as
 * `otel.destinations[1].headers`: `prefix` is that of the form's own entries, `otel.destinations`.
 */
export const fieldErrors = (problem: ApiProblem, prefix: string, known: ReadonlyArray<string>): FieldErrors => {
  const fields: Record<string, string> = {}
  const others: Array<string> = []
  for (const { path, reason } of problem.errors) {
    const inner = withoutPrefix(path, prefix)
    const field = /^[^.[]*/.exec(inner)?.[0] ?? ""
    if (!known.includes(field)) others.push(path === "" ? reason : `${path} ${reason}`)
    else fields[field] ??= inner === field ? reason : `${inner.slice(field.length).replace(/^\./, "")} ${reason}`
  }
  if (problem.errors.length === 0) others.push(problem.message)
  return { fields, others }
}

const withoutPrefix = (path: string, prefix: string): string => {
  for (const sent of ["payload.body", "payload.destination"])
    if (path.startsWith(`${sent}.`)) return path.slice(sent.length + 1)
  return path.startsWith(`${prefix}[`) ? path.slice(prefix.length).replace(/^\[\d+\]\.?/, "") : path
}
