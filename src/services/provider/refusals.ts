import * as Result from "effect/Result"
import type { JsonObject } from "./Api.ts"
import { arrayOf, countOf } from "./json.ts"
import type { NotTranslatable } from "./Translator.ts"

/**
 * What a chat request may ask for and no Messages request can: refused, because an answer without it would not be what
 * the caller asked for. Hints such as `seed`, `logit_bias` and the penalties are left out silently.
 */
export const refuseUntranslatable = (json: JsonObject): Result.Result<void, NotTranslatable> => {
  const n = countOf(json["n"])
  if (n !== undefined && n > 1) return refuse("n", "answers with one choice only: send one request for each")
  if (json["logprobs"] === true || (countOf(json["top_logprobs"]) ?? 0) > 0) {
    return refuse("logprobs", "gives no log probabilities: leave `logprobs` out")
  }
  if (arrayOf(json["modalities"]).some((modality) => modality !== "text")) {
    return refuse("modalities", 'answers with text only: leave `modalities` out or set it to ["text"]')
  }
  if (isSet(json["web_search_options"]))
    return refuse("web_search_options", "has no `web_search_options`: leave it out")
  if (arrayOf(json["functions"]).length > 0) {
    return refuse("functions", "knows no `functions`: use `tools` and `tool_choice`")
  }
  return Result.succeed(undefined)
}

export const refuse = (param: string, why: string): Result.Result<never, NotTranslatable> =>
  Result.fail({ message: `The model that serves this request ${why}.`, param })

const isSet = (value: unknown): boolean => value !== undefined && value !== null
