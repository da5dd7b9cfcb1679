import type { EntryOutline } from "./Outline.ts"
import type { Finding, Path } from "./Problem.ts"

type Destination = EntryOutline<"destination">

/** Whether the parts of a destination fit together. */
export const destinationFindings = (destination: Destination, at: Path): ReadonlyArray<Finding> => [
  ...transportFindings(destination, at),
  ...grpcHeaderFindings(destination, at),
  ...certificateFindings(destination, at),
  ...(destination.redaction?.mask ?? []).flatMap((rule, index) =>
    rule === undefined ? [] : maskFindings(rule, [...at, "redaction", "mask", index])
  ),
  ...samplingFindings(destination, at)
]

const transportFindings = ({ encoding, endpoint, exporter, protocol }: Destination, at: Path): Array<Finding> => {
  const findings: Array<Finding> = []
  const url = endpoint === undefined ? null : URL.parse(endpoint)
  if (protocol === "grpc" && url !== null && `${url.pathname}${url.search}${url.hash}` !== "/")
    findings.push({ at: [...at, "endpoint"], reason: "has a path, which grpc does not use: end it with host and port" })
  if (protocol === "grpc" && encoding === "json")
    findings.push({
      at: [...at, "encoding"],
      reason: "has no use with protocol grpc, which is always proto, remove it"
    })
  if (exporter === "otel-js" && (protocol === "grpc" || encoding === "json"))
    findings.push({
      at: [...at, "exporter"],
      reason: "otel-js speaks http in proto only, write native or remove the key"
    })
  return findings
}

// Names are not quoted: one may be a secret in the wrong place.
const grpcHeaderFindings = ({ headers = {}, protocol }: Destination, at: Path): ReadonlyArray<Finding> => {
  if (protocol !== "grpc") return []
  const reasons = Object.entries(headers).flatMap(([name, value]) => {
    if (/-bin$/i.test(name)) return ["has a name that ends in -bin, which grpc keeps for bytes, rename or remove it"]
    if (!/^[0-9a-z_.-]+$/i.test(name)) return ["has a name that grpc cannot carry, use letters, digits, -, _ and ."]
    return typeof value !== "string" || /^[\x20-\x7e]*$/.test(value)
      ? []
      : ["has a value that grpc cannot carry, use printable ASCII"]
  })
  return [...new Set(reasons)].map((reason) => ({ at: [...at, "headers"], reason }))
}

const certificateFindings = (destination: Destination, at: Path): Array<Finding> => {
  const pair = ["clientCertificate", "clientKey"] as const
  const given = pair.filter((key) => key in destination)
  const [only, ...others] = given
  if (only === undefined) return []
  if (others.length === 0) {
    const missing = only === "clientKey" ? "clientCertificate" : "clientKey"
    return [{ at: [...at, missing], reason: `is missing, ${only} needs it: write PEM or a path relative to this file` }]
  }
  return URL.parse(destination.endpoint ?? "")?.protocol === "http:"
    ? given.map((key) => ({ at: [...at, key], reason: "has no use with an endpoint of http://, remove it" }))
    : []
}

type MaskRule = Exclude<NonNullable<NonNullable<NonNullable<Destination["redaction"]>["mask"]>[number]>, undefined>

const maskFindings = (rule: MaskRule, at: Path): Array<Finding> => {
  if (rule.kind === undefined) return []
  if (rule.kind === "custom" && !("pattern" in rule))
    return [{ at: [...at, "pattern"], reason: "is missing, kind custom needs it: write a regular expression" }]
  return rule.kind !== "custom" && "pattern" in rule
    ? [{ at: [...at, "pattern"], reason: `has no use with kind ${rule.kind}, remove it or write kind: custom` }]
    : []
}

const samplingFindings = ({ sampling = {} }: Destination, at: Path): Array<Finding> =>
  "unsampledRate" in sampling && sampling.parent !== "respect"
    ? [
        {
          at: [...at, "sampling", "unsampledRate"],
          reason: "has no use without parent: respect, write that or remove it"
        }
      ]
    : []
