import type { ExportResponse } from "../../services/export/deliveryRules.ts"
import { protoFields } from "./protoFields.ts"

const decoder = new TextDecoder()

const PARTIAL_SUCCESS = 1
const REJECTED_SPANS = 1
const ERROR_MESSAGE = 2
const STATUS_MESSAGE = 2

/** Reads an `ExportTraceServiceResponse`; `undefined` when it is none. No bytes are one: a whole success. */
export const decodeExportResponse = (bytes: Uint8Array): ExportResponse | undefined => {
  const response = protoFields(bytes)
  if (response === undefined) return undefined
  let rejectedSpans = 0
  let errorMessage = ""
  for (const field of response) {
    if (field.number !== PARTIAL_SUCCESS) continue
    const partial = typeof field.value === "number" ? undefined : protoFields(field.value)
    if (partial === undefined) return undefined
    for (const { number, value } of partial) {
      if (number === REJECTED_SPANS && typeof value === "number") rejectedSpans = Math.max(0, value)
      if (number === ERROR_MESSAGE && typeof value !== "number") errorMessage = decoder.decode(value)
    }
  }
  return { rejectedSpans, errorMessage }
}

/** The message of a `google.rpc.Status`, which is what the body of an error is. */
export const decodeStatusMessage = (bytes: Uint8Array): string | undefined => {
  const message = protoFields(bytes)?.findLast((field) => field.number === STATUS_MESSAGE)?.value
  return typeof message === "object" ? decoder.decode(message) : undefined
}
