import { parseJson } from "./json.ts"
import { boundedDepth } from "./nesting.ts"

/** Message parts of the GenAI JSON schemas, v1.41. */
export type Part = { readonly type: string; readonly [key: string]: unknown }

export const textPart = (content: string): Part => ({ type: "text", content })

export const reasoningPart = (content: string): Part => ({ type: "reasoning", content })

export const toolCallPart = (id: string | undefined, name: string, args: unknown): Part => ({
  type: "tool_call",
  ...(id === undefined ? {} : { id }),
  name,
  arguments: boundedDepth(args)
})

export const toolResponsePart = (id: string | undefined, response: unknown): Part => ({
  type: "tool_call_response",
  ...(id === undefined ? {} : { id }),
  response: boundedDepth(response ?? null)
})

/** Arguments travel as JSON text; what is no JSON, such as a call cut at the token limit, stays text. */
export const argumentsOf = (text: unknown): unknown => {
  if (typeof text !== "string") return text ?? null
  const parsed = parseJson(text)
  return parsed === undefined ? text : parsed
}

/** A `data:` URL becomes a blob, any other URI a reference. */
export const mediaPart = (modality: string, url: string): Part => {
  const data = readDataUrl(url)
  return data === undefined
    ? { type: "uri", modality, uri: url }
    : { type: "blob", modality, mime_type: data.mediaType, content: data.base64 }
}

export const blobPart = (modality: string, mimeType: string | undefined, content: string): Part => ({
  type: "blob",
  modality,
  ...(mimeType === undefined ? {} : { mime_type: mimeType }),
  content
})

export const filePart = (modality: string, fileId: string): Part => ({ type: "file", modality, file_id: fileId })

const SCHEMA_TYPES: ReadonlySet<string> = new Set([
  "text",
  "tool_call",
  "tool_call_response",
  "server_tool_call",
  "server_tool_call_response",
  "blob",
  "file",
  "uri",
  "reasoning"
])

/** A part that the schemas do not know keeps its members and its type, unless that means something else to them. */
export const otherPart = (type: string, part: object): Part => {
  const bounded = boundedDepth(part)
  const members = typeof bounded === "object" ? bounded : {}
  return { ...members, type: SCHEMA_TYPES.has(type) ? `provider_${type}` : type }
}

/** `undefined` for what is not a base64 `data:` URL. */
export const readDataUrl = (url: string): { readonly mediaType: string; readonly base64: string } | undefined => {
  if (!url.startsWith("data:")) return undefined
  const comma = url.indexOf(",")
  const head = url.slice(5, comma)
  if (comma === -1 || !head.endsWith(";base64")) return undefined
  return { mediaType: head.slice(0, head.indexOf(";")), base64: url.slice(comma + 1) }
}
