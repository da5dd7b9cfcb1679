/** The lexical rules of the Prometheus text format, version 0.0.4. */

export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

export const formatValue = (value: number): string =>
  value === Number.POSITIVE_INFINITY ? "+Inf" : value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value)

export const escapeHelp = (text: string): string => text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n")

/** `name="value"`. */
export const formatLabel = (name: string, value: string): string =>
  `${name}="${value.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/"/g, '\\"')}"`

export const formatSample = (name: string, labels: ReadonlyArray<string>, value: number): string =>
  labels.length === 0 ? `${name} ${formatValue(value)}\n` : `${name}{${labels.join(",")}} ${formatValue(value)}\n`
