import { type ClientApi, isJsonObject, type JsonObject } from "./Api.ts"
import { streamErrorText } from "./errorEnvelope.ts"
import { encodeText, parseJson } from "./json.ts"
import { isTranslatable } from "./nesting.ts"
import { concatBytes, SseParser } from "./sse.ts"
import { missingEnd } from "./streamWatch.ts"
import type { StreamTranslator } from "./Translator.ts"

const NOTHING = new Uint8Array(0)

/**
 * A stream that is translated event by event: what the two directions share. After an error event, an event that is no
 * JSON or one that is too large, the client has been told and nothing more is forwarded.
 */
export abstract class EventStream implements StreamTranslator {
  readonly #api: ClientApi
  readonly #parser: SseParser
  #out = ""
  #done = false
  #error: string | undefined

  constructor(api: ClientApi) {
    this.#api = api
    this.#parser = new SseParser(({ data, event }) => {
      if (!this.#done && this.#error === undefined) this.#out += this.#translate(data, event)
    })
  }

  /** The client's events for one of the provider's, which was sent under `name`. */
  protected abstract event(event: JsonObject, name: string): string

  /** Whether the model has stopped, whatever still has to be said about its answer. */
  protected abstract readonly isFinished: boolean

  /** The client's last events; called once, and marks the stream as done. */
  protected abstract finish(): string

  push(chunk: Uint8Array): Uint8Array {
    const whole = this.#parser.push(chunk)
    if (!whole && this.#error === undefined && !this.#done) {
      this.#out += this.#broken("event_too_large", "The provider sent an event that is too large.")
    }
    return this.#take()
  }

  end(broken?: boolean): Uint8Array {
    if (broken !== true) {
      const rest = this.#parser.rest()
      const end = missingEnd(rest)
      if (end.length > 0) this.#parser.push(concatBytes([rest, end]))
    }
    // Some providers close a finished answer without the final event.
    if (!this.#done && this.#error === undefined && this.isFinished) this.#out += this.finish()
    return this.#take()
  }

  done(): boolean {
    return this.#done || (this.#error === undefined && this.isFinished)
  }

  error(): string | undefined {
    return this.#error
  }

  protected complete(): void {
    this.#done = true
  }

  protected fail(type: string, text: string): string {
    this.#error = type
    return text
  }

  #translate(data: string, name: string): string {
    if (data.trim() === "[DONE]") return this.finish()
    const event = parseJson(data)
    return isJsonObject(event) && isTranslatable(event)
      ? this.event(event, name)
      : this.#broken("malformed_event", "The provider sent an event that is no sensible JSON object.")
  }

  #broken(code: string, message: string): string {
    return this.fail(code, streamErrorText(this.#api, { type: "server_error", code, message }))
  }

  #take(): Uint8Array {
    if (this.#out === "") return NOTHING
    const bytes = encodeText(this.#out)
    this.#out = ""
    return bytes
  }
}
