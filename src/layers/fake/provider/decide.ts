import type { JsonObject } from "../../../services/provider/Api.ts"
import type { AnswerStyle } from "./AnswerStyle.ts"
import type { Answer, Frame } from "./Dialect.ts"
import type { ParsedFault } from "./Fault.ts"
import { modelOf } from "./openAiChat.ts"
import { openAiEmbeddings } from "./openAiEmbeddings.ts"
import { type Ask, reply } from "./Reply.ts"
import type { Route } from "./route.ts"

/** What is done about a request. */
export type Decision =
  | { readonly type: "reset" }
  | { readonly type: "hang" }
  | { readonly type: "frames"; readonly frames: ReadonlyArray<Frame> }
  | Whole

interface Whole {
  readonly type: "whole"
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly retryAfter?: string | undefined
}

const html = (status: number) =>
  `<html>\r\n<head><title>${status}</title></head>\r\n<body>\r\n<center><h1>${status}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`

const whole = (status: number, body: unknown): Whole => ({
  type: "whole",
  status,
  contentType: "application/json",
  body: JSON.stringify(body)
})

const compose = (ask: Ask, number: number, style: AnswerStyle): Answer => ({
  ask,
  replies: Array.from({ length: ask.choices }, (_, choice) => reply(ask, style, choice)),
  number,
  created: Math.floor(Date.now() / 1000)
})

/** Without looking at the fault. */
const faultless = (
  route: Route,
  path: string,
  json: JsonObject,
  number: number,
  style: AnswerStyle,
  kept: { readonly usage: boolean; readonly done: boolean; readonly stream: boolean }
): Decision => {
  const { dialect } = route
  if (route.embeddings) {
    const model = modelOf(json, path)
    const body = model === undefined ? "you must provide a model parameter" : openAiEmbeddings(json, model)
    return typeof body === "string" ? whole(400, dialect.error(400, body)) : whole(200, body)
  }
  const ask = dialect.read(json, path)
  if (typeof ask === "string") return whole(400, dialect.error(400, ask))
  const answer = compose(ask, number, style)
  return ask.stream && kept.stream
    ? { type: "frames", frames: dialect.frames(answer, json, kept) }
    : whole(200, dialect.whole(answer, json))
}

/** The answer to a request that was let in. `json` is undefined when the body was no JSON object. */
export const decide = (
  route: Route,
  path: string,
  json: JsonObject | undefined,
  number: number,
  style: AnswerStyle,
  fault: ParsedFault | undefined
): Decision => {
  const { dialect } = route
  switch (fault?.name) {
    case "reset-before-head":
      return { type: "reset" }
    case "hang-before-head":
      return { type: "hang" }
    case "status": {
      const message = `The fake provider answers ${fault.status}.`
      return { ...whole(fault.status, dialect.error(fault.status, message)), retryAfter: fault.retryAfter }
    }
    case "html":
      return { type: "whole", status: fault.status, contentType: "text/html", body: html(fault.status) }
    case "empty":
      return { type: "whole", status: fault.status, contentType: "application/json", body: "" }
    case "error-in-200":
      return whole(200, dialect.error(500, "The fake provider has an error and a good status."))
  }
  if (json === undefined) return whole(400, dialect.error(400, "We could not parse the JSON body of your request."))
  const saying = fault?.name === "huge-body" ? { ...style, text: () => "x".repeat(fault.amount), chunks: 1 } : style
  const decision = faultless(route, path, json, number, saying, {
    usage: fault?.name !== "no-usage",
    done: fault?.name !== "no-done",
    stream: fault?.name !== "invalid-json"
  })
  if (decision.type !== "whole") return decision
  switch (fault?.name) {
    case "invalid-json":
      return { ...decision, body: decision.body.slice(0, -7) }
    case "wrong-content-type":
      return { ...decision, contentType: "text/plain" }
    default:
      return decision
  }
}
