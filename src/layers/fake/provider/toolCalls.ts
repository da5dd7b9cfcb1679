import { isJsonObject } from "../../../services/provider/Api.ts"

export interface Tool {
  readonly name: string
  /** JSON schema of its arguments. */
  readonly parameters: unknown
}

export interface Tools {
  readonly all: ReadonlyArray<Tool>
  readonly choice: "auto" | "none" | "required" | { readonly name: string }
  readonly parallel: boolean
}

export interface ToolCall {
  readonly name: string
  readonly arguments: unknown
  /** The arguments' JSON as a stream brings it. */
  readonly pieces: ReadonlyArray<string>
}

const PIECE = 8

/** A value that a schema of the usual kinds allows. */
const sample = (name: string, schema: unknown, hint: string | undefined): unknown => {
  if (!isJsonObject(schema)) return hint ?? name
  if (Array.isArray(schema["enum"])) return schema["enum"][0]
  switch (schema["type"]) {
    case "integer":
    case "number":
      return 1
    case "boolean":
      return true
    case "array":
      return [sample(name, schema["items"], hint)]
    case "object": {
      const properties = isJsonObject(schema["properties"]) ? schema["properties"] : {}
      return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, sample(key, value, hint)]))
    }
    default:
      return hint ?? name
  }
}

const call = (tool: Tool, hint: string | undefined): ToolCall => {
  const parameters = isJsonObject(tool.parameters) ? tool.parameters : {}
  const input = sample(tool.name, { ...parameters, type: "object" }, hint)
  const characters = [...JSON.stringify(input)]
  const pieces = Array.from({ length: Math.ceil(characters.length / PIECE) }, (_, i) =>
    characters.slice(i * PIECE, (i + 1) * PIECE).join("")
  )
  return { name: tool.name, arguments: input, pieces }
}

/** `get_weather(Paris) and get_weather(Oslo)` mentions the tool twice, with two hints. */
const mentions = (prompt: string, name: string): Array<string | undefined> => {
  const found: Array<string | undefined> = []
  for (let at = prompt.indexOf(name); at !== -1; at = prompt.indexOf(name, at + name.length)) {
    found.push(/^\(([^)]+)\)/.exec(prompt.slice(at + name.length))?.[1])
  }
  return found
}

const speaksOf = (prompt: string, name: string): boolean => {
  const text = prompt.toLowerCase()
  return name.split(/[_\-.\s]|(?<=[a-z])(?=[A-Z])/).some((word) => word.length > 3 && text.includes(word.toLowerCase()))
}

/**
 * A tool is called once for each time the prompt has its name; a prompt without any tool's name calls those
 * that it speaks of ("weather" calls `get_weather`). The request's tool choice has the last word.
 */
export const toolCalls = (tools: Tools, prompt: string): ReadonlyArray<ToolCall> => {
  const { all, choice } = tools
  if (choice === "none") return []
  if (typeof choice === "object") {
    return all.filter((tool) => tool.name === choice.name).map((tool) => call(tool, mentions(prompt, tool.name)[0]))
  }
  const named = all.flatMap((tool) => mentions(prompt, tool.name).map((hint) => call(tool, hint)))
  const meant =
    named.length > 0 ? named : all.filter((tool) => speaksOf(prompt, tool.name)).map((tool) => call(tool, undefined))
  const calls =
    meant.length === 0 && choice === "required" ? all.slice(0, 1).map((tool) => call(tool, undefined)) : meant
  return tools.parallel ? calls : calls.slice(0, 1)
}
