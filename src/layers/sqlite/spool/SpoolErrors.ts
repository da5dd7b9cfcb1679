import * as Schema from "effect/Schema"

/** Another process, or another layer of this one, works on the directory. */
export class SpoolLocked extends Schema.TaggedError<SpoolLocked>()("SpoolLocked", {
  path: Schema.String,
  /** Of the holder, when it could be read. */
  pid: Schema.optionalKey(Schema.Int)
}) {
  override get message(): string {
    return `The spool ${this.path} is in use by ${this.pid === undefined ? "another process" : `process ${this.pid}`}`
  }
}

/** The directory or a file in it could not be opened: no permission, no space, a later version's file. */
export class SpoolUnusable extends Schema.TaggedError<SpoolUnusable>()("SpoolUnusable", {
  path: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `The spool ${this.path} cannot be used: ${this.cause instanceof Error ? this.cause.message : this.cause}`
  }
}
