import type { JsonObject } from "../Api.ts"
import { type Answer, commonFacts } from "../answerFacts.ts"
import { responsesFinish, toSchemaFinish } from "../finishReason.ts"
import { objectOf, objectsOf, textOf } from "../json.ts"
import { readResponsesUsage } from "../usage.ts"
import { itemType, responsesItemParts } from "./responsesParts.ts"

/** The facts of a whole response object, and its items as the one message that they are. */
export const readResponsesAnswer = (body: JsonObject, content: boolean): Answer => {
  const facts = commonFacts(body)
  const tier = textOf(body["service_tier"])
  if (tier !== undefined) facts.serviceTier = tier.toWellFormed()
  const usage = objectOf(body["usage"])
  const read = usage && readResponsesUsage(usage)
  if (read !== undefined) facts.usage = read
  const output = objectsOf(body["output"])
  const reason = objectOf(body["incomplete_details"])?.["reason"]
  const finish = responsesFinish(body["status"], reason, waitsForCaller(output))
  if (finish !== undefined) facts.finishReasons = [finish.toWellFormed()]
  if (!content || output.length === 0) return { facts, outputMessages: [] }
  const message = {
    role: "assistant",
    parts: output.flatMap(responsesItemParts),
    finish_reason: toSchemaFinish(finish ?? "stop")
  }
  return { facts, outputMessages: [message] }
}

/** Tools that run with the caller; some run with the provider too, and then their output stands beside the call. */
const CALLS: ReadonlySet<string> = new Set([
  "function_call",
  "custom_tool_call",
  "computer_call",
  "local_shell_call",
  "shell_call",
  "apply_patch_call"
])

const waitsForCaller = (output: ReadonlyArray<JsonObject>): boolean => {
  const answered = new Set(output.filter((item) => itemType(item).endsWith("_output")).map((item) => item["call_id"]))
  return output.some((item) => CALLS.has(itemType(item)) && !answered.has(item["call_id"]))
}
