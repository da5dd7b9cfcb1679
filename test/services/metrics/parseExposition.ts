/** Reads Prometheus text, version 0.0.4, by its grammar: whatever the format does not allow throws. */

export interface ParsedSample {
  readonly name: string
  readonly labels: { readonly [name: string]: string }
  readonly value: number
}

export interface ParsedMetric {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly samples: ReadonlyArray<ParsedSample>
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\+Inf|-Inf|NaN|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/

const unescape = (text: string): string =>
  text.replace(/\\(.)/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped))

const parseLabels = (text: string): { readonly [name: string]: string } => {
  const labels: { [name: string]: string } = Object.create(null)
  let rest = text
  while (rest !== "") {
    const match = LABEL.exec(rest)
    if (match === null) throw new Error(`no label: ${rest}`)
    if (match[1]! in labels) throw new Error(`label twice: ${text}`)
    labels[match[1]!] = unescape(match[2]!)
    rest = rest.slice(match[0].length)
  }
  return labels
}

const parseValue = (text: string): number => (text.endsWith("Inf") ? Number(`${text}inity`) : Number(text))

const suffixes: { readonly [type: string]: ReadonlyArray<string> } = {
  counter: [""],
  gauge: [""],
  histogram: ["_bucket", "_sum", "_count"]
}

export const parseExposition = (text: string): ReadonlyArray<ParsedMetric> => {
  if (text !== "" && !text.endsWith("\n")) throw new Error("last line does not end")
  const metrics: Array<ParsedMetric & { samples: Array<ParsedSample> }> = []
  const series = new Set<string>()
  const lines = text.split("\n").slice(0, -1)
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!
    const help = /^# HELP (\S+) (.*)$/.exec(line)
    if (help !== null) {
      const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(lines[++at] ?? "")
      if (type === null || type[1] !== help[1]) throw new Error(`no TYPE after ${line}`)
      if (metrics.some(({ name }) => name === help[1])) throw new Error(`metric twice: ${help[1]}`)
      metrics.push({ name: help[1]!, help: unescape(help[2]!), type: type[2]!, samples: [] })
      continue
    }
    const sample = SAMPLE.exec(line)
    const metric = metrics.at(-1)
    if (sample === null || metric === undefined) throw new Error(`no sample: ${line}`)
    const [, name, labels = "", value] = sample
    if (!suffixes[metric.type]!.some((suffix) => name === metric.name + suffix)) throw new Error(`stray: ${line}`)
    const parsed = { name: name!, labels: parseLabels(labels), value: parseValue(value!) }
    const key = JSON.stringify([name, Object.entries(parsed.labels).sort()])
    if (series.has(key)) throw new Error(`series twice: ${line}`)
    series.add(key)
    metric.samples.push(parsed)
  }
  return metrics
}
