import { endSession, session } from "../app/session.ts"
import { ApiProblem, readProblem } from "./ApiProblem.ts"

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

interface RequestOptions {
  readonly query?: Query
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** Relative to the page, so that a path prefix in front of the control plane does not matter. */
export const apiUrl = (path: string, query: Query = {}): string => {
  const url = new URL(`api/${path}`, document.baseURI)
  for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value))
  return url.href
}

/** The answer as it comes, whatever its status: for streams. */
export const send = async (method: string, path: string, options: RequestOptions = {}): Promise<Response> => {
  const headers = new Headers(options.headers)
  if (options.body !== undefined) headers.set("content-type", "application/json")
  const csrf = session.peek()?.csrf
  if (method !== "GET" && csrf !== undefined) headers.set("x-spangate-csrf", csrf)
  const init: RequestInit = { method, headers, credentials: "same-origin" }
  if (options.body !== undefined) init.body = JSON.stringify(options.body)
  if (options.signal !== undefined) init.signal = options.signal
  try {
    return await fetch(apiUrl(path, options.query), init)
  } catch (cause) {
    throw options.signal?.aborted === true ? cause : unanswered()
  }
}

const unanswered = () =>
  new ApiProblem(0, "The control plane does not answer. Check that it runs and that this page can reach it.")

/** What reads is asked again by hand or by itself; of what writes nobody would know whether it was done. */
const READ_PATIENCE_MS = 30_000

const patient = (method: string, { signal, ...options }: RequestOptions): RequestOptions => {
  const signals = [
    ...(signal === undefined ? [] : [signal]),
    ...(method === "GET" ? [AbortSignal.timeout(READ_PATIENCE_MS)] : [])
  ]
  return signals.length === 0 ? options : { ...options, signal: AbortSignal.any(signals) }
}

const answer = async (method: string, path: string, options: RequestOptions) => {
  try {
    const response = await send(method, path, patient(method, options))
    return { response, text: await response.text() }
  } catch (cause) {
    // Cut short by whoever asked, or by what is between: a body may end early too.
    throw cause instanceof ApiProblem || options.signal?.aborted === true ? cause : unanswered()
  }
}

/**
 * One call of the API. Fails with `ApiProblem`; a 401 also ends the session, which shows the login page.
 * The type is what the API's schemas say: the server encodes by them, and nothing is decoded here again.
 */
export const request = async <A>(method: string, path: string, options: RequestOptions = {}): Promise<A> => {
  const { response, text } = await answer(method, path, options)
  if (!response.ok) {
    if (response.status === 401) endSession()
    throw readProblem(response.status, text)
  }
  if (text === "") return undefined as A
  try {
    return JSON.parse(text) as A
  } catch {
    throw new ApiProblem(
      response.status,
      "The answer is not JSON: something between this page and the control plane replaced it."
    )
  }
}
