import * as Schema from "effect/Schema"

/** None of the master keys opens what is stored. */
export class SealedByAnotherKey extends Schema.TaggedError<SealedByAnotherKey>()("SealedByAnotherKey", {
  kind: Schema.String,
  name: Schema.String
}) {
  override get message(): string {
    return `the secrets of ${this.kind} ${this.name} were sealed with another key: add that key to SPANGATE_MASTER_KEY, after a comma`
  }
}
