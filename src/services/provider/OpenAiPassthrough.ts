import * as Result from "effect/Result"
import type { ClientApi } from "./Api.ts"
import { arrayOf, countOf, objectOf, parseJson } from "./json.ts"
import { looksLikeObject } from "./looksLikeObject.ts"
import { translateError } from "./providerError.ts"
import { spliceTopLevel } from "./spliceTopLevel.ts"
import { concatBytes, frameData, SseSplitter } from "./sse.ts"
import { isWhole, missingEnd, StreamWatch, view } from "./streamWatch.ts"
import { isStrict } from "./strictProvider.ts"
import type { ClientRequest, StreamTranslator, Translator } from "./Translator.ts"

/** A usage chunk is far smaller; a frame that grows past this is forwarded without a look inside. */
const MAX_HELD_BYTES = 64 * 1024

/**
 * An OpenAI client in front of an OpenAI-compatible provider: bytes pass as they are, but for the model's name and the
 * usage that the trace needs. A client that did not ask for usage does not see the chunk that brings it.
 */
export const openAiPassthrough = (api: ClientApi): Translator => ({
  request: (request, modelId, providerName) => {
    const streams = api !== "embeddings" && request.json["stream"] === true
    return Result.succeed(spliceTopLevel(request.bytes, modelId, streams && !isStrict(providerName)))
  },
  response: looksLikeObject,
  error: (status, body) => translateError(api, status, body),
  stream: (request) => (asksForUsage(request) ? watched(request) : withoutUsageChunk(request))
})

const asksForUsage = (request: ClientRequest): boolean =>
  objectOf(request.json["stream_options"])?.["include_usage"] === true

/** `n` for each prompt; a list of numbers is one prompt, of tokens. */
const choicesOf = ({ api, json }: ClientRequest): number => {
  const prompts = api === "completions" ? arrayOf(json["prompt"]) : []
  const several = prompts.length > 1 && typeof prompts[0] !== "number"
  return (countOf(json["n"]) ?? 1) * (several ? prompts.length : 1)
}

const NOTHING = new Uint8Array(0)

const watched = (request: ClientRequest): StreamTranslator => {
  const watch = new StreamWatch(choicesOf(request))
  const splitter = new SseSplitter((frame, ended) => watch.openAi(frame, ended), MAX_HELD_BYTES)
  return {
    push: (chunk) => {
      splitter.push(chunk)
      return chunk
    },
    end: (broken) => {
      if (broken === true) return NOTHING
      const rest = splitter.rest()
      watch.openAiEnd(rest)
      return missingEnd(rest)
    },
    done: () => watch.done,
    error: () => watch.error
  }
}

const withoutUsageChunk = (request: ClientRequest): StreamTranslator => {
  const watch = new StreamWatch(choicesOf(request))
  let kept: Array<Uint8Array> = []
  let hidAfterCr = false
  const splitter = new SseSplitter((frame, ended) => {
    // The line feed of a CRLF that was cut in two follows the frame that it ended.
    const isTail = hidAfterCr && frame.length === 1 && frame[0] === 10
    const hiding = isTail || isUsageChunk(frame)
    hidAfterCr = hiding && frame[frame.length - 1] === 13
    if (hiding) return
    watch.openAi(frame, ended)
    kept.push(frame)
  }, MAX_HELD_BYTES)
  const take = (): Uint8Array => {
    if (kept.length === 0) return NOTHING
    const out = concatBytes(kept)
    kept = []
    return out
  }
  return {
    push: (chunk) => {
      splitter.push(chunk)
      return take()
    },
    end: (broken) => {
      const last = splitter.rest()
      const rest = isUsageChunk(last) ? NOTHING : last
      if (broken !== true) watch.openAiEnd(rest)
      if (frameData(rest) === undefined) return rest
      // Half an event can be read by nobody, and would spoil the error event behind it.
      const isReadable = isWhole(rest) && (broken !== true || watch.done)
      return isReadable ? concatBytes([rest, missingEnd(rest)]) : NOTHING
    },
    done: () => watch.done,
    error: () => watch.error
  }
}

const USAGE = Buffer.from(`"usage"`)
const CHOICES = Buffer.from(`"choices"`)

/**
 * The chunk that `include_usage` adds: usage and no choice. Azure opens with a chunk that has no choice either, but
 * filter results and no usage; others hang the usage on the last choice. Both are the client's.
 */
const isUsageChunk = (frame: Uint8Array): boolean => {
  const bytes = view(frame)
  const choices = bytes.indexOf(CHOICES)
  if (choices === -1 || !isEmptyArray(bytes, choices + CHOICES.length) || !bytes.includes(USAGE)) return false
  const chunk = objectOf(parseJson(frameData(frame) ?? ""))
  return (
    chunk !== undefined &&
    Array.isArray(chunk["choices"]) &&
    chunk["choices"].length === 0 &&
    objectOf(chunk["usage"]) !== undefined &&
    !("error" in chunk)
  )
}

const isEmptyArray = (bytes: Buffer, at: number): boolean => {
  at = skipBlank(bytes, at)
  if (bytes[at] !== 58) return false
  at = skipBlank(bytes, at + 1)
  return bytes[at] === 91 && bytes[skipBlank(bytes, at + 1)] === 93
}

const skipBlank = (bytes: Buffer, at: number): number => {
  while (bytes[at] === 32) at++
  return at
}
