import type { CompiledConfig, Destination, TraceRetention } from "../../services/config/CompiledConfig.ts"

/** What the worker needs of the configuration, as plain data: secrets in the clear, within the process. */
export interface ExportSettings {
  readonly revision: string
  readonly resource: CompiledConfig["resource"]
  readonly traceRetention?: TraceRetention
  readonly destinations: ReadonlyArray<
    Omit<Destination, "headers" | "clientKey"> & {
      readonly headers: { readonly [name: string]: string }
      readonly clientKey?: string
    }
  >
}

/** What the worker's control plane starts with. */
export interface ControlOptions {
  /** Of the embedded stores. */
  readonly data: string
  readonly host: string
  readonly port: number
  /** Of the fake provider, in the other thread. */
  readonly fakeOrigin: string
}

/** What the worker starts with. */
export interface BackOfficeOptions {
  /** Where the spool lies. */
  readonly directory: string
  readonly settings: ExportSettings
  /** Absent where the control plane is another program. */
  readonly control?: ControlOptions
}

/** From the gateway's thread to the back office. Each message with an `id` is answered once. */
export type Request =
  /** The first, once; `ready` or `failed` follows, and until then nothing else is sent. */
  | { readonly type: "start"; readonly options: BackOfficeOptions }
  | {
      readonly type: "publish"
      readonly id: number
      readonly bytes: Uint8Array
      readonly events: number
      readonly spans: number
    }
  | { readonly type: "loss"; readonly id: number; readonly spans: number; readonly reason: string }
  | { readonly type: "metrics"; readonly id: number }
  | { readonly type: "settings"; readonly settings: ExportSettings }
  /** Where the gateway serves. */
  | { readonly type: "serving"; readonly url: string }
  | { readonly type: "stop" }

export type Reply =
  | { readonly type: "ready" }
  /** Sent before the worker ends by itself. */
  | { readonly type: "failed"; readonly reason: string }
  /** Where the control plane serves. */
  | { readonly type: "control"; readonly url: string }
  | { readonly type: "done"; readonly id: number }
  | { readonly type: "text"; readonly id: number; readonly text: string }
  | { readonly type: "full"; readonly id: number; readonly bytes: number; readonly limit: number }
  | { readonly type: "unavailable"; readonly id: number; readonly reason: string }
