import type { FieldProblem, Role } from "./types.ts"

/** An answer that is no success, or none at all (`status` 0). */
export class ApiProblem extends Error {
  readonly status: number
  /** Which fields of what was sent are to blame. */
  readonly errors: ReadonlyArray<FieldProblem>
  /** With 409: the revision in force. */
  readonly current: number | undefined
  /** With 403: the role that would do. */
  readonly role: Role | undefined

  constructor(
    status: number,
    message: string,
    errors: ReadonlyArray<FieldProblem> = [],
    more: { readonly current?: number | undefined; readonly role?: Role | undefined } = {}
  ) {
    super(message)
    this.status = status
    this.errors = errors
    this.current = more.current
    this.role = more.role
  }
}

/** Reads `application/problem+json`; what is none, a proxy's page say, still gives a message. */
export const readProblem = (status: number, text: string): ApiProblem => {
  const body = parse(text)
  const message = textOf(body["detail"]) ?? textOf(body["title"]) ?? `The control plane answered ${status}.`
  const { current, role } = body
  return new ApiProblem(status, message, fieldProblems(body["errors"]), {
    current: typeof current === "number" ? current : undefined,
    role: role === "viewer" || role === "editor" || role === "admin" ? role : undefined
  })
}

export const asProblem = (cause: unknown): ApiProblem =>
  cause instanceof ApiProblem ? cause : new ApiProblem(0, cause instanceof Error ? cause.message : String(cause))

const fieldProblems = (value: unknown): ReadonlyArray<FieldProblem> =>
  Array.isArray(value)
    ? value.filter(isObject).map((item) => ({
        path: textOf(item["path"]) ?? "",
        reason: textOf(item["reason"]) ?? "is not accepted"
      }))
    : []

const parse = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined)
