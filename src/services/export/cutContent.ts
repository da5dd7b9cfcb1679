import type { Attributes } from "@opentelemetry/api"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { attributes as table } from "../trace/attributes.ts"
import { changeSpan } from "../trace/spans/FinishedSpan.ts"
import { cutJsonText } from "./cutJsonText.ts"
import { cutText, waterLevel } from "./cutText.ts"

/** What is left of less than this says nothing. */
const LEAST = 128

const INPUT: ReadonlySet<string> = new Set([
  "tfy.input",
  "gen_ai.input.messages",
  "gen_ai.system_instructions",
  "gen_ai.tool.definitions"
])
const OUTPUT: ReadonlySet<string> = new Set(["tfy.output", "gen_ai.output.messages"])

/**
 * The span with its content attributes in `room` bytes of UTF-8 together: JSON is cut inside its strings and stays JSON,
 * other text at its end. An attribute that does not fit at all goes; with a room of 0 all do. Each one cut or gone has its
 * size in bytes noted as `gateway.original_size.<name>`, where the destination `keeps` an attribute of that name. The span
 * given is not changed.
 */
export const cutContent = (
  span: ReadableSpan,
  room: number,
  keeps: (name: string) => boolean = () => true
): ReadableSpan => {
  const sizes = contentSizes(span.attributes)
  const level = waterLevel([...sizes.values()], room)
  const attributes: Attributes = { ...span.attributes }
  let gone = 0
  for (const [name, size] of sizes) {
    if (size <= level) continue
    const value = attributes[name]
    const cut = typeof value === "string" && level >= LEAST ? cutValue(name, value, level) : undefined
    if (cut === undefined) {
      delete attributes[name]
      gone++
    } else attributes[name] = cut
    const note = (key: string, fact: number | boolean) => {
      if (table.has(key) && keeps(key)) attributes[key] = fact
    }
    note(`gateway.original_size.${name}`, size)
    if (INPUT.has(name)) note("gateway.input_truncated", true)
    if (OUTPUT.has(name)) note("gateway.output_truncated", true)
  }
  return changeSpan(span, { attributes, droppedAttributesCount: span.droppedAttributesCount + gone })
}

/** What the conventions have as JSON is never cut as text. */
const cutValue = (name: string, value: string, limit: number): string | undefined =>
  cutJsonText(value, limit) ?? (name.startsWith("gen_ai.") || isJson(value) ? undefined : cutText(value, limit))

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const contentSizes = (attributes: Attributes): ReadonlyMap<string, number> => {
  const sizes = new Map<string, number>()
  for (const [name, value] of Object.entries(attributes)) {
    if (table.get(name)?.content !== true) continue
    sizes.set(name, Buffer.byteLength(typeof value === "string" ? value : JSON.stringify(value)))
  }
  return sizes
}
