import * as Result from "effect/Result"
import type { JsonObject } from "../Api.ts"
import { arrayOf, objectOf, objectsOf, textOf } from "../json.ts"
import { refuse } from "../refusals.ts"
import type { NotTranslatable } from "../Translator.ts"
import type { Turn } from "./turns.ts"

const NO_PARAMETERS: JsonObject = { type: "object", properties: {} }

export const chatTools = (value: unknown): Result.Result<ReadonlyArray<JsonObject>, NotTranslatable> => {
  const tools: Array<JsonObject> = []
  for (const tool of objectsOf(value)) {
    const called = objectOf(tool["function"])
    const name = textOf(called?.["name"])
    if (called === undefined || name === undefined) {
      return refuse("tools", "takes tools of the type `function` with a name only")
    }
    const description = textOf(called["description"])
    const cache = objectOf(tool["cache_control"]) ?? objectOf(called["cache_control"])
    tools.push({
      name,
      ...(description === undefined ? {} : { description }),
      input_schema: { type: "object", ...(objectOf(called["parameters"]) ?? NO_PARAMETERS) },
      ...(cache === undefined ? {} : { cache_control: cache })
    })
  }
  return Result.succeed(tools)
}

/** `undefined` leaves the choice to the provider's default, which is the same: auto, in parallel. */
export const chatToolChoice = (
  json: JsonObject,
  hasTools: boolean
): Result.Result<JsonObject | undefined, NotTranslatable> => {
  const oneAtATime = json["parallel_tool_calls"] === false ? { disable_parallel_tool_use: true } : {}
  const choice = json["tool_choice"]
  switch (choice) {
    case undefined:
    case null:
      return Result.succeed(
        hasTools && "disable_parallel_tool_use" in oneAtATime ? { type: "auto", ...oneAtATime } : undefined
      )
    case "auto":
      return Result.succeed({ type: "auto", ...oneAtATime })
    case "required":
    case "any": // Mistral's word for it.
      return Result.succeed({ type: "any", ...oneAtATime })
    case "none":
      return Result.succeed({ type: "none" })
  }
  const named = textOf(objectOf(objectOf(choice)?.["function"])?.["name"])
  return named === undefined
    ? refuse("tool_choice", "takes `auto`, `none`, `required` or a function by name as `tool_choice`")
    : Result.succeed({ type: "tool", name: named, ...oneAtATime })
}

export const isForced = (choice: JsonObject | undefined): boolean =>
  choice?.["type"] === "any" || choice?.["type"] === "tool"

/** Anthropic refuses a history with tool calls where no tool is defined; these stand in for what the caller left out. */
export const toolsOfHistory = (turns: ReadonlyArray<Turn>): ReadonlyArray<JsonObject> => {
  const names = new Set<string>()
  for (const turn of turns) {
    for (const block of objectsOf(arrayOf(turn.content))) {
      if (block["type"] === "tool_use") names.add(String(block["name"]))
    }
  }
  return [...names].map((name) => ({ name, input_schema: NO_PARAMETERS }))
}
