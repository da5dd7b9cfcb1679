import * as Schema from "effect/Schema"

/** A command that cannot do what it was asked, in words for the person who asked. */
export class CommandFailed extends Schema.TaggedError<CommandFailed>()("CommandFailed", {
  message: Schema.String,
  /** 1: it did not work. 2: it was asked the wrong way. 3: it would change something, and was asked only to look. */
  exitCode: Schema.Literals([1, 2, 3])
}) {}
