import { protoFields } from "../otlp/protoFields.ts"

/** `google.rpc.Status.details`, repeated `google.protobuf.Any`. */
const DETAILS = 3
const TYPE_URL = 1
const VALUE = 2
const RETRY_DELAY = 1
const SECONDS = 1
const NANOS = 2

const decoder = new TextDecoder()

/**
 * The delay that a `google.rpc.RetryInfo` asks for, in milliseconds, out of the `google.rpc.Status` in
 * `grpc-status-details-bin`. Zero or less when it names none; `undefined` without a RetryInfo that can be read.
 */
export const retryDelayMillis = (status: Uint8Array): number | undefined => {
  for (const detail of messages(status, DETAILS)) {
    const type = messages(detail, TYPE_URL)[0]
    if (type === undefined || !decoder.decode(type).endsWith("/google.rpc.RetryInfo")) continue
    const info = messages(detail, VALUE)[0] ?? new Uint8Array(0)
    if (protoFields(info) === undefined) continue
    const delay = messages(info, RETRY_DELAY).at(-1) ?? new Uint8Array(0)
    return number(delay, SECONDS) * 1000 + number(delay, NANOS) / 1e6
  }
  return undefined
}

const messages = (bytes: Uint8Array, number: number): ReadonlyArray<Uint8Array> =>
  (protoFields(bytes) ?? []).flatMap((field) =>
    field.number === number && typeof field.value === "object" ? [field.value] : []
  )

const number = (bytes: Uint8Array, number: number): number => {
  const value = protoFields(bytes)?.findLast((field) => field.number === number)?.value
  return typeof value === "number" ? value : 0
}
