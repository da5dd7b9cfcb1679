import protobuf from "protobufjs"
import { type DecodedRequest, requestType } from "./decodeRequest.ts"

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/**
 * An `ExportTraceServiceRequest` in JSON, by OTLP's mapping of the official .proto files, in the form that `decodeRequest`
 * gives. Throws when the bytes are no JSON in UTF-8, or stray from the mapping: another name for a field, base64 for an
 * id, a name for an enum, a number for 64 bits, a `null`.
 */
export const decodeJsonRequest = (bytes: Uint8Array): DecodedRequest =>
  read(requestType, JSON.parse(strict.decode(bytes)), "request")

const IDS = new Set(["traceId", "spanId", "parentSpanId"])

const read = (type: protobuf.Type, value: unknown, path: string): object => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`${path} is no object`)
  const message: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) {
    const field = type.fields[name]
    if (field === undefined) throw new Error(`${path} has no field ${name}`)
    field.resolve()
    const at = `${path}.${name}`
    if (!field.repeated) message[name] = readField(field, member, at)
    else if (Array.isArray(member)) message[name] = member.map((item) => readField(field, item, at))
    else throw new Error(`${at} is no list`)
  }
  return message
}

const readField = (field: protobuf.Field, value: unknown, path: string): unknown => {
  if (field.resolvedType instanceof protobuf.Type) return read(field.resolvedType, value, path)
  const fits = (holds: boolean) => {
    if (!holds) throw new Error(`${path} is ${JSON.stringify(value)}, and a ${field.type}`)
    return value
  }
  if (field.resolvedType instanceof protobuf.Enum) {
    return fits(typeof value === "number" && field.resolvedType.valuesById[value] !== undefined)
  }
  switch (field.type) {
    case "bytes": {
      const id = IDS.has(field.name)
      fits(typeof value === "string" && (id ? /^([0-9a-f]{2})*$/ : /^[A-Za-z0-9+/]*={0,2}$/).test(value))
      return new Uint8Array(Buffer.from(String(value), id ? "hex" : "base64"))
    }
    case "string":
      return fits(typeof value === "string")
    case "bool":
      return fits(typeof value === "boolean")
    case "double":
      return fits(typeof value === "number")
    case "int64":
    case "fixed64":
      return fits(typeof value === "string" && /^-?\d{1,20}$/.test(value))
    default:
      return fits(typeof value === "number" && Number.isInteger(value))
  }
}
