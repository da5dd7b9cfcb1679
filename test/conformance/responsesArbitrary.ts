import * as Arbitrary from "effect/Arbitrary"
import { text } from "../layers/otlp/spanArbitrary.ts"
import { oneOf } from "../services/trace/eventArbitrary.ts"
import { sse } from "../services/trace/events.ts"
import { int, json, knob, maybe } from "./jsonArbitrary.ts"

const responsesItem = Arbitrary.flatMap(
  oneOf(["message", "reasoning", "function_call", "function_call_output", "web_search_call"]),
  (type): Arbitrary.Arbitrary<object> =>
    Arbitrary.map(Arbitrary.all([text, text, json(2)]), ([word, id, args]) => {
      if (type === "message") return { type, role: "assistant", content: [{ type: "output_text", text: word }] }
      if (type === "reasoning") return { type, id, summary: [{ type: "summary_text", text: word }] }
      if (type === "function_call") return { type, call_id: id, name: word, arguments: JSON.stringify(args) }
      return type === "function_call_output" ? { type, call_id: id, output: word } : { type, id, action: args }
    })
)

export const responsesRequest = Arbitrary.all({
  model: Arbitrary.Constant("prod/chat"),
  input: Arbitrary.flatMap(
    oneOf([true, false]),
    (one): Arbitrary.Arbitrary<unknown> => (one ? text : Arbitrary.array(responsesItem, { maxLength: 4 }))
  ),
  instructions: maybe(text),
  temperature: knob,
  top_p: knob,
  max_output_tokens: oneOf([undefined, 0, 64]),
  conversation: maybe(text),
  tools: maybe(Arbitrary.array(oneOf([{ type: "web_search" }, { type: "function", name: "f" }]), { maxLength: 2 }))
})

export const responsesAnswer = Arbitrary.map(
  Arbitrary.all({
    output: Arbitrary.array(responsesItem, { maxLength: 3 }),
    status: oneOf(["completed", "incomplete", "failed"]),
    reason: oneOf(["max_output_tokens", "content_filter"]),
    counts: maybe(Arbitrary.all([int(0, 50), int(0, 50), int(0, 50), int(0, 50)]))
  }),
  ({ counts, output, reason, status }) => ({
    id: "resp_1",
    object: "response",
    model: "gpt-5",
    status,
    incomplete_details: status === "incomplete" ? { reason } : null,
    output,
    ...(counts === undefined ? {} : { usage: responsesUsage(counts) })
  })
)

const responsesUsage = ([input, cached, output, thought]: readonly [number, number, number, number]) => ({
  input_tokens: input + cached,
  input_tokens_details: { cached_tokens: cached },
  output_tokens: output + thought,
  output_tokens_details: { reasoning_tokens: thought },
  total_tokens: input + cached + output + thought
})

export const responsesStream = ({
  output,
  status,
  ...rest
}: {
  readonly output: ReadonlyArray<object>
  readonly status: string
}) =>
  sse([
    { type: "response.created", response: { ...rest, status: "in_progress", output: [] } },
    ...output.map((item, output_index) => ({ type: "response.output_item.done", output_index, item })),
    { type: `response.${status}`, response: { ...rest, status, output } }
  ])
