import * as Formatter from "effect/Formatter"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { ErrorCode, NatsError } from "nats"

/** NATS did not do what it was asked: it is not connected, did not answer in time, or refused. */
export class NatsAway extends Schema.TaggedError<NatsAway>()("NatsAway", { cause: Schema.Defect() }) {
  override get message(): string {
    // What came from another thread, or was none of the client's errors, may be an object that is no text.
    return Predicate.hasProperty(this.cause, "message") ? `${this.cause.message}` : Formatter.format(this.cause)
  }
}

/** JetStream's own number of a refusal; undefined for every other failure. */
export const refusal = ({ cause }: NatsAway): number | undefined => {
  if (cause instanceof NatsError) return cause.api_error?.err_code
  return Predicate.hasProperty(cause, "errCode") && typeof cause.errCode === "number" ? cause.errCode : undefined
}

/** A refusal of a publication, which does not come as one of the client's errors. */
export class PublishRefused extends Error {
  readonly errCode: number

  constructor(errCode: number, description: string) {
    super(description)
    this.errCode = errCode
  }
}

export const STREAM_FULL = 10077
export const CONSUMER_NOT_FOUND = 10014
export const STREAM_NOT_FOUND = 10059
/** A compare-and-set that came second. */
export const WRONG_LAST_SEQUENCE = 10071

/** Nobody listens: there is no such stream, or it has no leader right now. */
export const nobodyListens = ({ cause }: NatsAway): boolean =>
  cause instanceof NatsError && cause.code === ErrorCode.NoResponders
