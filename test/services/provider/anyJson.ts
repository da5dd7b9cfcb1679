import * as Schema from "effect/Schema"
import { at } from "./fixtures.ts"

/** JSON made of the words that the APIs use, in any order and of any type, so that readers get further than the first look. */

const Word = Schema.Literals([
  "role",
  "user",
  "assistant",
  "tool",
  "content",
  "type",
  "text",
  "image_url",
  "url",
  "tool_calls",
  "function",
  "name",
  "arguments",
  "messages",
  "system",
  "prompt",
  "input",
  "tools",
  "tool_result",
  "tool_use",
  "source",
  "thinking",
  "{}",
  "file",
  "input_audio",
  "data",
  "id",
  "n",
  "model",
  "stop",
  "server_tool_use",
  "tool_use_id",
  "choices",
  "delta",
  "index",
  "finish_reason",
  "usage",
  "message",
  "error",
  "message_start",
  "content_block",
  "content_block_start",
  "message_delta",
  "content_block_delta",
  "content_block_stop",
  "message_stop",
  "partial_json",
  "input_json_delta",
  "stop_reason",
  "tool_choice",
  "thinking_blocks",
  "signature",
  "reasoning_effort",
  "response_format",
  "stream",
  "toString"
])

const Leaf = Schema.Union([Word, Schema.String, Schema.Finite, Schema.Null, Schema.Boolean])

const grow = <S extends Schema.Top>(schema: S) =>
  Schema.Union([
    Leaf,
    Schema.Struct({ list: Schema.Array(schema).check(Schema.isMaxLength(3)) }),
    Schema.Struct({ members: Schema.Array(Schema.Tuple([Word, schema])).check(Schema.isMaxLength(5)) })
  ])

const Shape = grow(grow(grow(Leaf)))

/** Members of an object, still in the form that `jsonOf` reads. */
export const Members = Schema.Array(Schema.Tuple([Word, Shape])).check(Schema.isMaxLength(5))

/** The JSON that a generated shape stands for. */
export const jsonOf = (value: unknown): unknown => {
  const list = at(value, "list")
  const members = at(value, "members")
  if (Array.isArray(list)) return list.map(jsonOf)
  if (!Array.isArray(members)) return value
  return Object.fromEntries(members.map(([key, inner]) => [key, jsonOf(inner)]))
}
