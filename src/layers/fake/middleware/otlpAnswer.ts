import { lengthDelimited, varintField } from "./protoBytes.ts"

/** The two encodings of OTLP/HTTP. */
export type Encoding = "proto" | "json"

export const contentTypes = { proto: "application/x-protobuf", json: "application/json" } as const

export interface PartialSuccess {
  readonly rejectedSpans: number
  readonly errorMessage?: string
}

/** `ExportTraceServiceResponse`; without a partial success it is the empty message. */
export const successBody = (encoding: Encoding, partial: PartialSuccess | undefined): Uint8Array => {
  if (encoding === "json") {
    const partialSuccess =
      partial === undefined
        ? undefined
        : { rejectedSpans: String(partial.rejectedSpans), errorMessage: partial.errorMessage ?? "" }
    return Buffer.from(JSON.stringify({ partialSuccess }))
  }
  if (partial === undefined) return new Uint8Array()
  const rejected = varintField(1, partial.rejectedSpans)
  const message = lengthDelimited(2, partial.errorMessage ?? "")
  return lengthDelimited(1, Buffer.concat([rejected, message]))
}

/** `google.rpc.Status`, whose code OTLP leaves unused. */
export const statusBody = (encoding: Encoding, message: string): Uint8Array =>
  encoding === "json" ? Buffer.from(JSON.stringify({ message })) : lengthDelimited(2, message)
