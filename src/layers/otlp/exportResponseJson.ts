import * as Predicate from "effect/Predicate"
import type { ExportResponse } from "../../services/export/deliveryRules.ts"

const strict = new TextDecoder("utf-8", { fatal: true })

/** Reads an `ExportTraceServiceResponse` in JSON; `undefined` when it is none. No bytes are one: a whole success. */
export const decodeExportResponseJson = (bytes: Uint8Array): ExportResponse | undefined => {
  if (bytes.length === 0) return WHOLE
  const response = parse(bytes)
  if (response === undefined) return undefined
  const partial = response["partialSuccess"] ?? {}
  if (!isRecord(partial)) return undefined
  const rejectedSpans = int64(partial["rejectedSpans"] ?? 0)
  const errorMessage = partial["errorMessage"] ?? ""
  return rejectedSpans === undefined || typeof errorMessage !== "string"
    ? undefined
    : { rejectedSpans: Math.max(0, rejectedSpans), errorMessage }
}

/** The message of a `google.rpc.Status` in JSON, which is what the body of an error is. */
export const decodeStatusMessageJson = (bytes: Uint8Array): string | undefined => {
  const message = parse(bytes)?.["message"]
  return typeof message === "string" ? message : undefined
}

const WHOLE: ExportResponse = { rejectedSpans: 0, errorMessage: "" }

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  Predicate.isObject(value) && !Array.isArray(value)

const parse = (bytes: Uint8Array): { readonly [key: string]: unknown } | undefined => {
  try {
    const value: unknown = JSON.parse(strict.decode(bytes))
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** OTLP writes 64-bit numbers as decimal text; some servers write them as numbers. */
const int64 = (value: unknown): number | undefined => {
  if (typeof value === "string" && /^-?\d{1,19}$/.test(value)) return Number(value)
  return typeof value === "number" && Number.isInteger(value) ? value : undefined
}
