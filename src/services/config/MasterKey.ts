import * as Context from "effect/Context"
import * as Schema from "effect/Schema"

/** The master key is missing, too weak, damaged, or not the one that something was sealed with. */
export class MasterKeyWrong extends Schema.TaggedError<MasterKeyWrong>()("MasterKeyWrong", {
  /** Where the key stands, if not in `SPANGATE_MASTER_KEY`. */
  source: Schema.optionalKey(Schema.String),
  reason: Schema.String
}) {
  override get message(): string {
    return `${this.source ?? "SPANGATE_MASTER_KEY"} ${this.reason}`
  }
}

/**
 * Seals what leaves the process: nobody without the key can read or change it. A sealed value says which key it was
 * sealed with, so that keys can be changed: there may be several; the first seals, all open.
 */
export class MasterKey extends Context.Service<
  MasterKey,
  {
    /** The name is bound to the value: it opens under no other. */
    readonly seal: (name: string, plain: Uint8Array) => Uint8Array
    /** Undefined where none of the keys is the one, or the value was changed. */
    readonly open: (name: string, sealed: Uint8Array) => Uint8Array | undefined
    /** Whether it was sealed with the key that seals now. */
    readonly isCurrent: (sealed: Uint8Array) => boolean
  }
>()("spangate/services/config/MasterKey") {}
