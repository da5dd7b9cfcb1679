import type { ErrorDetail } from "../errorEnvelope.ts"
import { objectOf, parseJson } from "../json.ts"
import { frameData } from "../sse.ts"
import { frameType } from "./eventType.ts"
import { isFinalEvent } from "./finalEvents.ts"
import { responsesError } from "./responsesError.ts"

/** What the frames of a forwarded Responses stream say of its beginning and its end. */
export class ResponsesWatch {
  #done = false
  #speaking = false
  #error: string | undefined
  /** Type of the frame that is coming in pieces. */
  #coming: string | undefined

  /** The final event was seen, whether it tells of success or not. */
  get done(): boolean {
    return this.#done
  }

  /** A delta was seen: a piece of the answer, be it text, arguments or reasoning. */
  get speaking(): boolean {
    return this.#speaking
  }

  get error(): string | undefined {
    return this.#error
  }

  frame(frame: Uint8Array, ended: boolean): void {
    const type = this.#coming ?? frameType(frame, ended) ?? ""
    const whole = this.#coming === undefined && ended
    this.#coming = ended ? undefined : type
    if (type.endsWith(".delta")) this.#speaking = true
    else if (ended) this.#end(type, whole ? frame : undefined)
  }

  #end(type: string, frame: Uint8Array | undefined): void {
    if (isFinalEvent(type)) this.#done = true
    if (type === "response.failed" || !type.startsWith("response.")) this.#error ??= errorIn(frame, type)?.type
  }
}

const errorIn = (frame: Uint8Array | undefined, type: string): ErrorDetail | undefined =>
  responsesError(objectOf(parseJson((frame && frameData(frame)) ?? "")) ?? {}, type)
