import * as Result from "effect/Result"
import { type ClientApi, isJsonObject, type JsonObject } from "../provider/Api.ts"
import type { ClientRequest } from "../provider/Translator.ts"
import type { TraceRecord } from "../trace/TraceRecord.ts"
import { invalidRequest, type Refusal } from "./Refusal.ts"

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Longest model name that a trace keeps. */
const LONGEST_NAME = 256

/** Checks the body: UTF-8, JSON, an object with a `model`. What it finds is noted in the trace. */
export const parseClientRequest = (
  bytes: Uint8Array,
  record: TraceRecord,
  api: ClientApi
): Result.Result<ClientRequest, Refusal> => {
  const parsed = parse(bytes)
  if (Result.isFailure(parsed)) return Result.fail(parsed.failure)
  const json = parsed.success
  if (!isJsonObject(json)) return Result.fail(invalidRequest("invalid_json", "The body must be a JSON object."))
  const request: ClientRequest = { api, bytes, json }
  record.request = request
  const { model, stream } = json
  if (typeof model === "string") record.header.requestedModel = model.slice(0, LONGEST_NAME).toWellFormed()
  record.header.streaming = stream === true
  const wrong = wrongModel(model) ?? wrongStream(stream) ?? wrongContent(api, json)
  return wrong === undefined ? Result.succeed(request) : Result.fail(wrong)
}

const parse = (bytes: Uint8Array): Result.Result<unknown, Refusal> => {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return Result.fail(invalidRequest("invalid_utf8", "The body is not valid UTF-8."))
  }
  try {
    return Result.succeed(JSON.parse(text))
  } catch {
    // The parser's own message quotes the body.
    return Result.fail(
      invalidRequest(
        "invalid_json",
        "The body is not valid JSON. Check quotes, commas and brackets, and that it came whole."
      )
    )
  }
}

const wrongModel = (model: unknown): Refusal | undefined => {
  if (model === undefined) {
    return invalidRequest("missing_model", "The body has no `model`. GET /v1/models lists those you may use.", "model")
  }
  return typeof model === "string" ? undefined : wrongType("`model` must be a string.", "model")
}

const wrongStream = (stream: unknown): Refusal | undefined =>
  stream === undefined || stream === null || typeof stream === "boolean"
    ? undefined
    : wrongType("`stream` must be true or false.", "stream")

/** The members without which no translator or provider can do anything; the rest is the provider's to judge. */
const wrongContent = (api: ClientApi, { input, messages }: JsonObject): Refusal | undefined => {
  switch (api) {
    case "chat_completions":
    case "messages": {
      if (!Array.isArray(messages)) return wrongType("`messages` must be an array of messages.", "messages")
      for (let index = 0; index < messages.length; index++) {
        if (isJsonObject(messages[index])) continue
        return wrongType(`\`messages[${index}]\` must be an object.`, `messages[${index}]`)
      }
      return undefined
    }
    case "completions":
    case "responses":
      return undefined
    case "embeddings":
      return input === undefined ? wrongType("The body has no `input`.", "input") : undefined
  }
}

const wrongType = (message: string, param: string): Refusal => invalidRequest("invalid_type", message, param)
