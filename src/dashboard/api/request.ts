import { endSession, session } from "../app/session.ts"
import { ApiProblem, readProblem } from "./ApiProblem.ts"
import { startPatience } from "./patience.ts"
import { serverTime } from "./serverTime.ts"

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

/**
 * Of silence: a large trace may take as long as its line needs. What reads is asked again by hand or by itself; of
 * what writes nobody would know whether it was done.
 */
const READ_PATIENCE_MS = 30_000

const answer = async (method: string, path: string, { signal, ...options }: RequestOptions) => {
  const patience = method === "GET" ? startPatience(READ_PATIENCE_MS) : undefined
  const signals = [signal, patience?.signal].filter((one) => one !== undefined)
  try {
    const response = await send(method, path, { ...options, signal: AbortSignal.any(signals) })
    const at = serverTime(response.headers, Date.now())
    return { response, at, text: await readText(response, () => patience?.renew()) }
  } catch (cause) {
    // Cut short by whoever asked, or by what is between: a body may end early too.
    throw cause instanceof ApiProblem || signal?.aborted === true ? cause : unanswered()
  } finally {
    patience?.end()
  }
}

const readText = async ({ body }: Response, onPart: () => void): Promise<string> => {
  onPart()
  if (body === null) return ""
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ""
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text
    onPart()
    text += value
  }
}

/**
 * One call of the API. Fails with `ApiProblem`; a 401 also ends the session, which shows the login page.
 * The type is what the API's schemas say: the server encodes by them, and nothing is decoded here again.
 */
export const request = async <A>(method: string, path: string, options: RequestOptions = {}): Promise<A> =>
  (await datedRequest<A>(method, path, options)).data

export interface Dated<A> {
  readonly data: A
  /** Unix milliseconds by the control plane's clock, which the times within are told by too. */
  readonly now: number
}

/** As `request`, with the time at which it was answered. */
export const datedRequest = async <A>(
  method: string,
  path: string,
  options: RequestOptions = {}
): Promise<Dated<A>> => {
  const { response, at: now, text } = await answer(method, path, options)
  if (!response.ok) {
    if (response.status === 401) endSession()
    throw readProblem(response.status, text)
  }
  if (text === "") return { data: undefined as A, now }
  try {
    return { data: JSON.parse(text) as A, now }
  } catch {
    throw new ApiProblem(
      response.status,
      "The answer is not JSON: something between this page and the control plane replaced it."
    )
  }
}
