import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** A trace that a destination will not take, as it is put away. */
export interface NewDeadLetter {
  readonly destination: string
  /** 32 lower-case hex digits. */
  readonly traceId: string
  /** Of the request's root, 16 lower-case hex digits: a trace may hold several requests, each a letter of its own. */
  readonly rootSpanId: string
  /** `http_400`, `unexpandable`, `too_large`… */
  readonly reason: string
  /** The destination's own words, cut short and free of header values. */
  readonly answer?: string
  /** Unix milliseconds. */
  readonly refusedAt: number
  readonly spans: number
  /** Those that were refused; empty where that is all of the request's. */
  readonly spanIds: ReadonlyArray<string>
  /** A frame (`frame.ts`) of the one event. */
  readonly frame: Uint8Array
}

/** A letter without what it holds. */
export interface DeadLetterSummary extends Omit<NewDeadLetter, "spanIds" | "frame"> {
  /** Never given twice. */
  readonly id: number
  /** How often it was refused. */
  readonly refusals: number
  /** Of the frame. */
  readonly bytes: number
  readonly replayRequested: boolean
}

export type DeadLetter = NewDeadLetter & DeadLetterSummary

/** Letters by number, or all of one destination; all there are when neither is given. */
export interface DeadLetterSelection {
  readonly ids?: ReadonlyArray<number>
  readonly destination?: string
}

/** Why a replay did not succeed. */
export interface RefusedAgain {
  readonly reason: string
  readonly answer?: string
  readonly refusedAt: number
}

/**
 * A destination's account. In spans, always: buried = stored + replayed + rejected + purged + all dropped.
 * It stands beside the bus's ledger, whose `deadLettered` is final: a replay moves spans in this account only.
 */
export interface DeadLetterAccount {
  readonly destination: string
  readonly letters: number
  readonly bytes: number
  /** Put away since the store began. */
  readonly buriedSpans: number
  readonly storedSpans: number
  /** Taken by the destination at a replay. */
  readonly replayedSpans: number
  /** Of a replay's spans, those that the destination took note of and rejected. */
  readonly rejectedSpans: number
  readonly purgedSpans: number
  /** To make room (`full`), or for their age (`expired`). */
  readonly droppedSpans: { readonly full: number; readonly expired: number }
}

/** The store could not be read or written now. */
export class DeadLettersUnavailable extends Schema.TaggedError<DeadLettersUnavailable>()("DeadLettersUnavailable", {
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `The dead letters cannot be used: ${this.cause instanceof Error ? this.cause.message : this.cause}`
  }
}

/**
 * Where traces go that a destination refuses for good: bounded by bytes and age, until they are replayed or purged.
 *
 * A destination has one letter per request: one that is refused again replaces what was known of it. Only the exporter
 * sends; everybody else asks for a replay, which the exporter of the destination finds by itself.
 */
export class DeadLetters extends Context.Service<
  DeadLetters,
  {
    /** All or none. Durable when it returns. Where there is no room, the oldest letters of whoever has most make some. */
    readonly append: (letters: ReadonlyArray<NewDeadLetter>) => Effect.Effect<void, DeadLettersUnavailable>
    /** The newest first. */
    readonly list: (
      selection: DeadLetterSelection,
      limit: number
    ) => Effect.Effect<ReadonlyArray<DeadLetterSummary>, DeadLettersUnavailable>
    readonly get: (id: number) => Effect.Effect<Option.Option<DeadLetter>, DeadLettersUnavailable>
    /** Marks letters for the exporter, and says how many. */
    readonly requestReplay: (selection: DeadLetterSelection) => Effect.Effect<number, DeadLettersUnavailable>
    /** Letters of a destination that are marked, the oldest first: as many as fit in `maxBytes`, and at least one. */
    readonly take: (
      destination: string,
      maxBytes: number
    ) => Effect.Effect<ReadonlyArray<DeadLetter>, DeadLettersUnavailable>
    /** The destination has these as they were last taken: they go. One that was refused anew since stays as it is. `rejectedSpans` of theirs it has rejected. */
    readonly replayed: (
      ids: ReadonlyArray<number>,
      rejectedSpans: number
    ) => Effect.Effect<void, DeadLettersUnavailable>
    /** These stay, and lose their mark; likewise only as they were last taken. */
    readonly refusedAgain: (
      ids: ReadonlyArray<number>,
      refusal: RefusedAgain
    ) => Effect.Effect<void, DeadLettersUnavailable>
    /** Removes letters, and says how many. */
    readonly purge: (selection: DeadLetterSelection) => Effect.Effect<number, DeadLettersUnavailable>
    /** Of every destination that ever had a letter. */
    readonly accounts: Effect.Effect<ReadonlyArray<DeadLetterAccount>, DeadLettersUnavailable>
  }
>()("spangate/services/export/DeadLetters") {}
