import * as Schema from "effect/Schema"

/** The database did not answer, or could not; the same call may be made again. Never quotes a value. */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  /** `configuration` or `traces`. */
  store: Schema.Literals(["configuration", "traces"]),
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `the database of ${this.store} cannot be reached now`
  }
}
