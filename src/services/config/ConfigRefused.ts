import * as Schema from "effect/Schema"
import { formatProblem } from "./Problem.ts"

/** A configuration with problems. Nothing of it is in force. */
export class ConfigRefused extends Schema.TaggedError<ConfigRefused>()("ConfigRefused", {
  /** Where it came from: a file's path. */
  source: Schema.String,
  problems: Schema.Array(
    Schema.Struct({
      path: Schema.String,
      reason: Schema.String,
      position: Schema.optionalKey(Schema.Struct({ file: Schema.String, line: Schema.Int, column: Schema.Int }))
    })
  )
}) {
  /** For people: one problem a line. */
  override get message(): string {
    return this.problems.map(formatProblem).join("\n")
  }
}
