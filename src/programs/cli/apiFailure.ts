import * as HttpClientError from "effect/http/HttpClientError"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { BadRequest, Conflict, Refused, Unauthorized } from "../../services/api/problems.ts"
import { formatProblem } from "../../services/config/Problem.ts"
import { CommandFailed } from "./CommandFailed.ts"
import { printable } from "./tables.ts"

/** One message for what the control plane answered, or for its silence. Other errors stay what they are. */
export const apiFailure = <E>(
  error: E,
  { hasToken, url }: { readonly url: string; readonly hasToken: boolean }
): CommandFailed | Exclude<E, HttpClientError.HttpClientError | Schema.SchemaError> => {
  const reason = reasonOf(error, url, hasToken)
  return reason === undefined
    ? // What has no reason here is none of the API's errors.
      (error as Exclude<E, HttpClientError.HttpClientError | Schema.SchemaError>)
    : new CommandFailed({ message: reason, exitCode: 1 })
}

const reasonOf = (error: unknown, url: string, hasToken: boolean): string | undefined => {
  if (HttpClientError.isHttpClientError(error)) return away(error, url)
  if (error instanceof Schema.SchemaError)
    return `${url} does not answer as a control plane of this version does: compare \`spangate --version\` with the server's`
  if (error instanceof Unauthorized)
    return hasToken
      ? `The control plane at ${url} does not accept the token in SPANGATE_ADMIN_TOKEN or --token: ${said(error)}`
      : `The control plane at ${url} wants an admin token: set SPANGATE_ADMIN_TOKEN to it, or say --token`
  if (error instanceof Conflict)
    return `Somebody else has changed the configuration meanwhile, revision ${error.current} is in force: run the command again`
  if ((error instanceof Refused || error instanceof BadRequest) && error.errors !== undefined)
    return [`${error.title}:`, ...error.errors.map((problem) => `  ${printable(formatProblem(problem))}`)].join("\n")
  return Predicate.hasProperty(error, "title") && error instanceof Error ? said(error) : undefined
}

const said = (problem: Error): string => printable(problem.message)

const away = ({ reason }: HttpClientError.HttpClientError, url: string): string => {
  if (reason._tag !== "TransportError")
    return `${url} does not answer as a control plane does${"response" in reason ? ` (status ${reason.response.status})` : ""}: say where it is with --url or SPANGATE_CONTROL_URL`
  const code = codeOf(reason.cause)
  return `The control plane at ${url} cannot be reached${code === undefined ? "" : ` (${code})`}: start it, or say where it is with --url or SPANGATE_CONTROL_URL`
}

/** fetch hides the system's word for it in its error's cause. */
const codeOf = (cause: unknown): string | undefined => {
  if (!Predicate.isObject(cause)) return undefined
  if ("code" in cause && typeof cause.code === "string") return cause.code
  return "cause" in cause ? codeOf(cause.cause) : undefined
}
