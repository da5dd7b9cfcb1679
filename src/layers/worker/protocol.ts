import type { CompiledConfig, Destination } from "../../services/config/CompiledConfig.ts"

/** What the worker needs of the configuration, as plain data: secrets in the clear, within the process. */
export interface ExportSettings {
  readonly revision: string
  readonly resource: CompiledConfig["resource"]
  readonly destinations: ReadonlyArray<
    Omit<Destination, "headers" | "clientKey"> & {
      readonly headers: { readonly [name: string]: string }
      readonly clientKey?: string
    }
  >
}

/** What the worker starts with. */
export interface BackOfficeOptions {
  /** Where the spool lies. */
  readonly directory: string
  readonly settings: ExportSettings
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
  | { readonly type: "stop" }

export type Reply =
  | { readonly type: "ready" }
  /** Sent before the worker ends by itself. */
  | { readonly type: "failed"; readonly reason: string }
  | { readonly type: "done"; readonly id: number }
  | { readonly type: "text"; readonly id: number; readonly text: string }
  | { readonly type: "full"; readonly id: number; readonly bytes: number; readonly limit: number }
  | { readonly type: "unavailable"; readonly id: number; readonly reason: string }
