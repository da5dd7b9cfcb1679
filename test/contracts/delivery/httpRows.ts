import { gzipSync } from "node:zlib"
import type { ScriptedAnswer } from "../../../src/layers/fake/middleware/ScriptedAnswer.ts"
import { type Verdict, WARNING } from "./Verdict.ts"

/** An answer, and what it must come to. */
export interface Row {
  readonly name: string
  /** Made when it is played: it may name the time. */
  readonly answer: () => ScriptedAnswer
  readonly verdict: Verdict
}

export const row = (name: string, answer: ScriptedAnswer, verdict: Verdict): Row => ({
  name,
  answer: () => answer,
  verdict
})

const MEGABYTE = 1024 * 1024

const fromNow = (ms: number) => new Date(Date.now() + ms).toUTCString()

/** Answers that both transports have. */
export const commonRows: ReadonlyArray<Row> = [
  row("a whole success", {}, { accepted: { rejectedSpans: 0 } }),
  row(
    "partial success",
    { partialSuccess: { rejectedSpans: 3, errorMessage: "too old" } },
    { accepted: { rejectedSpans: 3, message: "too old" } }
  ),
  row("partial success without words", { partialSuccess: { rejectedSpans: 3 } }, { accepted: { rejectedSpans: 3 } }),
  row(
    "a warning",
    { partialSuccess: { rejectedSpans: 0, errorMessage: "soon" } },
    { accepted: { rejectedSpans: 0, message: "soon" } }
  ),
  row("an undecodable body", { body: "\xff\xff no answer" }, { accepted: { rejectedSpans: 0, message: WARNING } }),
  row("an answer over 4 MiB", { body: "x".repeat(4 * MEGABYTE + 1) }, { drop: "response_too_large" }),
  row("a reset before the head", { reset: "before-head" }, { retry: "connection_reset" }),
  row("no answer", { hang: true }, { retry: "timeout" }),
  row(
    "a success that drips",
    { dripMs: 20, partialSuccess: { rejectedSpans: 0, errorMessage: "x".repeat(200) } },
    { retry: "timeout" }
  )
]

export const httpRows: ReadonlyArray<Row> = [
  ...commonRows,
  row("202", { status: 202 }, { accepted: { rejectedSpans: 0 } }),
  row(
    "a wrong content type",
    { body: "<html>ok</html>", headers: { "content-type": "text/html" } },
    { accepted: { rejectedSpans: 0, message: WARNING } }
  ),
  row(
    "an answer over 4 MiB once decompressed",
    { body: gzipSync(Buffer.alloc(5 * MEGABYTE)), headers: { "content-encoding": "gzip" } },
    { drop: "response_too_large" }
  ),
  row("an error page over 4 MiB", { status: 400, body: "x".repeat(5 * MEGABYTE) }, { drop: "http_400" }),
  ...[301, 302, 303, 307, 308].map((status) =>
    row(`${status}`, { status, headers: { location: "/stolen" } }, { drop: "redirect", fault: "misconfigured" })
  ),
  ...[400, 408, 409, 413, 422, 431, 500, 501, 505].map((status) =>
    row(`${status}`, { status }, { drop: `http_${status}` })
  ),
  ...[401, 403].map((status) => row(`${status}`, { status }, { drop: `http_${status}`, fault: "unauthorized" })),
  ...[404, 405, 406, 415].map((status) =>
    row(`${status}`, { status }, { drop: `http_${status}`, fault: "misconfigured" })
  ),
  ...[429, 502, 503, 504].map((status) => row(`${status}`, { status }, { retry: `http_${status}` })),
  ...[429, 503].flatMap((status) => {
    const asking = (words: string, header: string | (() => string), afterMs?: number): Row => ({
      name: `${status} ${words}`,
      answer: () => ({ status, headers: { "retry-after": typeof header === "string" ? header : header() } }),
      verdict: { retry: `http_${status}`, ...(afterMs === undefined ? {} : { afterMs }) }
    })
    return [
      asking("for 7 s", "7", 7000),
      asking("until a date", () => fromNow(60_000), 60_000),
      asking("for 0 s", "0"),
      asking("until the past", () => fromNow(-60_000)),
      asking("for garbage", "soon"),
      asking("for an hour", "3600", 3_600_000),
      asking("for a week", "604800", 3_600_000)
    ]
  }),
  row("502 for 7 s", { status: 502, headers: { "retry-after": "7" } }, { retry: "http_502" })
]
