/** The two encodings of OTLP/HTTP. */
export type Encoding = "proto" | "json"

export const contentTypes = { proto: "application/x-protobuf", json: "application/json" } as const

export interface PartialSuccess {
  readonly rejectedSpans: number
  readonly errorMessage?: string
}

const varint = (value: number): Array<number> => {
  const bytes: Array<number> = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  return bytes
}

const lengthDelimited = (field: number, bytes: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.from([(field << 3) | 2, ...varint(bytes.length)]), bytes])

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
  const rejected = Uint8Array.from([1 << 3, ...varint(partial.rejectedSpans)])
  const message = lengthDelimited(2, Buffer.from(partial.errorMessage ?? ""))
  return lengthDelimited(1, Buffer.concat([rejected, message]))
}

/** `google.rpc.Status`, whose code OTLP leaves unused. */
export const statusBody = (encoding: Encoding, message: string): Uint8Array =>
  encoding === "json" ? Buffer.from(JSON.stringify({ message })) : lengthDelimited(2, Buffer.from(message))
