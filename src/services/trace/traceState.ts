import type { TraceState } from "@opentelemetry/api"

/** A validated `tracestate` header as OpenTelemetry's type, given back as it came. */
export const traceState = (header: string): TraceState => ({
  serialize: () => header,
  get: (key) =>
    header
      .split(",")
      .find((member) => member.startsWith(`${key}=`))
      ?.slice(key.length + 1),
  set: (key, value) => traceState([`${key}=${value}`, ...without(header, key)].join(",")),
  unset: (key) => traceState(without(header, key).join(","))
})

const without = (header: string, key: string): Array<string> =>
  header.split(",").filter((member) => member !== "" && !member.startsWith(`${key}=`))
