import type { ClientRequest } from "../provider/Translator.ts"
import type { TraceRecord } from "../trace/TraceRecord.ts"
import type { Exchange } from "./Exchange.ts"
import type { RequestOptions } from "./RequestOptions.ts"

/** One authenticated, understood request on its way to a provider. */
export interface Call {
  readonly exchange: Exchange
  readonly record: TraceRecord
  readonly request: ClientRequest
  readonly streaming: boolean
  readonly options: RequestOptions
}
