import * as Option from "effect/Option"

const names = [
  /** None: to let a scripted request through. */
  "ok",
  /** Before the head. */
  "reset-before-head",
  "hang-before-head",
  "slow-head",
  /** The answer breaks off: part of the body, or some tokens of the stream. */
  "reset-mid-body",
  "hang-mid-body",
  "end-mid-body",
  /** Whole answers that are not what was asked for. */
  "html",
  "empty",
  "error-in-200",
  "invalid-json",
  "wrong-content-type",
  "huge-body",
  /** Streams only: a request that does not stream is answered as if there were no fault. */
  "slow-first-token",
  "no-usage",
  "no-done",
  "bad-json-event",
  "garbage",
  "error-event",
  "split-bytes",
  "split-utf8",
  "crlf",
  "comments"
] as const

export type FaultName = (typeof names)[number] | `${number}`

/**
 * A way to misbehave, as it is written in a script, in the `x-fake-fault` header, and after `fault-` in a model's id:
 * a name or a status code, and behind `@` what it needs to know.
 *
 * | fault | behind `@` |
 * |---|---|
 * | `400` … `599` | Retry-After, as it is to be sent (only sent when given) |
 * | `html`, `empty` | status of the page or of the body of no bytes (502, 200) |
 * | `slow-head`, `slow-first-token` | milliseconds (1000) |
 * | `reset-mid-body`, `hang-mid-body`, `end-mid-body`, `error-event`, `bad-json-event`, `garbage` | tokens sent before it (1); a body that is not a stream stops at its half |
 * | `huge-body` | bytes (16 MiB) |
 */
export type Fault = FaultName | `${FaultName}@${string}`

export interface ParsedFault {
  readonly name: (typeof names)[number] | "status"
  readonly status: number
  readonly retryAfter?: string
  readonly amount: number
}

const defaultAmounts: { readonly [name: string]: number } = {
  html: 502,
  empty: 200,
  "slow-head": 1000,
  "slow-first-token": 1000,
  "huge-body": 16 * 1024 * 1024
}

/** `none` for a text that is no fault. */
export const parseFault = (text: string): Option.Option<ParsedFault> => {
  const at = text.indexOf("@")
  const name = at === -1 ? text : text.slice(0, at)
  const argument = at === -1 ? undefined : text.slice(at + 1)
  if (/^[45]\d\d$/.test(name)) {
    const status = Number(name)
    return Option.some({
      name: "status",
      status,
      amount: 0,
      ...(argument === undefined ? {} : { retryAfter: argument })
    })
  }
  const known = names.find((candidate) => candidate === name)
  const amount = argument === undefined ? (defaultAmounts[name] ?? 1) : Number(argument)
  if (known === undefined || !Number.isInteger(amount) || amount < 0) return Option.none()
  return Option.some({ name: known, status: known === "html" || known === "empty" ? amount : 200, amount })
}
