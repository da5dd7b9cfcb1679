import { isDeepStrictEqual } from "node:util"
import { decodeJsonRequest } from "../conformance/decodeJsonRequest.ts"
import { type DecodedSpan, decodeRequest } from "../conformance/decodeRequest.ts"
import type { Draw } from "./Draw.ts"
import type { DestinationFault, DestinationPlan } from "./Schedule.ts"

/** What an answer says, in whichever transport it is given. */
export interface Said {
  /** As HTTP has it. */
  readonly status: number
  readonly retryAfter?: { readonly ms: number; readonly form: "seconds" | "date" }
  /** A `Retry-After` that asks for nothing. */
  readonly retryAfterNonsense?: "0" | "past" | "garbage"
  readonly rejectedSpans?: number
  /** The body is no answer. */
  readonly garbage?: true
}

/** What comes of one request: an answer, or the words of a broken connection, or nothing ever (`silence`). */
export interface Reaction {
  readonly afterMs: number
  readonly end: Said | "connection_refused" | "connection_reset" | "silence"
}

/** One request that arrived. Times are milliseconds of the simulation. */
export interface Arrival {
  readonly process: number
  readonly body: Uint8Array
  readonly spans: number
  readonly at: number
  readonly reaction: Reaction
}

const OK: Said = { status: 200 }
const FLAPPING: ReadonlyArray<DestinationFault> = ["ok", "ok", "503", "reset", "refuse", "hang", "slow", "partial"]

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex")

/** A server of OTLP that fails as it is told, and remembers every span that it took. */
export class SimulatedDestination {
  readonly plan: DestinationPlan
  readonly #draw: Draw
  readonly #decoded = new WeakMap<Uint8Array, ReadonlyArray<DecodedSpan>>()
  readonly #limit: number
  readonly #poison: (traceId: string) => boolean
  fault: DestinationFault = "ok"
  /** By trace id and span id. */
  readonly held = new Map<string, DecodedSpan>()
  readonly rejected = new Set<string>()
  readonly arrivals: Array<Arrival> = []
  /** Spans that came again and were not what they had been. */
  readonly changed: Array<string> = []

  constructor(plan: DestinationPlan, draw: Draw) {
    this.plan = plan
    this.#draw = draw
    this.#limit = draw.pick([1, 30_000, 150_000])
    const every = draw.pick([1, 1, 3, 10])
    this.#poison = (traceId) => Number.parseInt(traceId.slice(-6), 16) % every === 0
  }

  receive(body: Uint8Array, process: number, at: number): Reaction {
    const spans = this.#decode(body)
    const [reaction, taken] = this.#react(spans, body.byteLength, this.fault)
    this.#hold(spans, taken, typeof reaction.end === "object" ? (reaction.end.rejectedSpans ?? 0) : 0)
    this.arrivals.push({ process, body, spans: spans.length, at, reaction })
    return reaction
  }

  #react(spans: ReadonlyArray<DecodedSpan>, bytes: number, fault: DestinationFault): readonly [Reaction, boolean] {
    const draw = this.#draw
    const soon = draw.pick([0, 1, 20])
    const say = (said: Said): readonly [Reaction, boolean] => [{ afterMs: soon, end: said }, said.status < 300]
    const broken = (end: Exclude<Reaction["end"], Said>, taken: boolean): readonly [Reaction, boolean] => [
      { afterMs: soon, end },
      taken
    ]
    switch (fault) {
      case "ok":
        return say(OK)
      case "refuse":
        return broken("connection_refused", false)
      case "reset":
        return broken("connection_reset", draw.chance(0.5))
      case "hang":
        return broken("silence", draw.chance(0.5))
      case "429":
      case "503":
        return say({ status: Number(fault), ...this.#retryAfter(fault === "429" ? 0.9 : 0.4) })
      case "500":
        return say({ status: 500 })
      case "401":
        return say({ status: draw.pick([401, 403]) })
      case "400":
        return say(spans.some(({ traceId }) => this.#poison(hex(traceId))) ? { status: 400 } : OK)
      case "413":
        return say(bytes > this.#limit ? { status: 413 } : OK)
      case "partial":
        return say({ status: 200, rejectedSpans: draw.pick([0, 1, spans.length, spans.length + 5]) })
      case "slow":
        return [{ afterMs: draw.pick([500, 4000, 11_000, 25_000]), end: OK }, true]
      case "garbage":
        return say({ status: 200, garbage: true })
      case "flapping":
        return this.#react(spans, bytes, draw.pick(FLAPPING))
    }
  }

  #retryAfter(probability: number): Partial<Said> {
    const draw = this.#draw
    if (!draw.chance(probability)) return {}
    const nonsense = draw.pick([undefined, undefined, undefined, undefined, undefined, "0", "past", "garbage"] as const)
    if (nonsense !== undefined) return { retryAfterNonsense: nonsense }
    const ms = draw.pick([1000, 7000, 45_000, 3_600_000])
    return { retryAfter: { ms, form: draw.pick(["seconds", "date"]) } }
  }

  #hold(spans: ReadonlyArray<DecodedSpan>, taken: boolean, rejections: number): void {
    if (!taken) return
    for (const [index, span] of spans.entries()) {
      const key = `${hex(span.traceId)}/${hex(span.spanId)}`
      if (index < rejections) {
        this.rejected.add(key)
        continue
      }
      const before = this.held.get(key)
      if (before === undefined) this.held.set(key, span)
      else if (before !== span && !this.#same(before, span)) this.changed.push(key)
    }
  }

  /** Content may have been cut since, where a request was too heavy. */
  #same(before: DecodedSpan, span: DecodedSpan): boolean {
    const facts = ({ attributes, droppedAttributesCount: _, ...rest }: DecodedSpan) => [
      rest,
      attributes?.filter(({ key }) => !CUT.test(key ?? ""))
    ]
    return isDeepStrictEqual(facts(before), facts(span))
  }

  #decode(body: Uint8Array): ReadonlyArray<DecodedSpan> {
    const known = this.#decoded.get(body)
    if (known !== undefined) return known
    const { resourceSpans } = this.plan.transport === "http/json" ? decodeJsonRequest(body) : decodeRequest(body)
    const spans = (resourceSpans ?? []).flatMap(({ scopeSpans }) =>
      (scopeSpans ?? []).flatMap((scope) => scope.spans ?? [])
    )
    this.#decoded.set(body, spans)
    return spans
  }
}

/** Content, and what is noted where it was cut. */
const CUT =
  /^(tfy\.(input|output)|gen_ai\.(input|output)\.messages|gen_ai\.(tool\.definitions|system_instructions)|gateway\.(original_size\..*|(input|output)_truncated))$/
