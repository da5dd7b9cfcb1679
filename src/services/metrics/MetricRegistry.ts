import { Counter } from "./Counter.ts"
import { escapeHelp, formatLabel, formatSample } from "./exposition.ts"
import { Family, type LabelValues } from "./Family.ts"
import { Gauge } from "./Gauge.ts"
import { Histogram } from "./Histogram.ts"

/** Label combinations of one metric before the rest are counted as `other`. */
const FAMILY_LIMIT = 500

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/

/**
 * The metrics of a process, rendered as Prometheus text.
 *
 * Metrics are plain objects changed by plain code, fit for the request path: make them once, keep the child that
 * `labels(…)` gives where the values are known beforehand, look it up where they are not.
 * A name or label that Prometheus would refuse, or a name used twice, throws when the metric is made.
 */
export class MetricRegistry {
  private readonly metrics = new Map<string, () => string>()

  /** `name` ends in `_total`. */
  counter<const Names extends ReadonlyArray<string> = []>(
    name: string,
    help: string,
    labelNames?: Names
  ): Family<Counter, Names> {
    return this.family("counter", name, help, () => new Counter(), labelNames)
  }

  gauge<const Names extends ReadonlyArray<string> = []>(
    name: string,
    help: string,
    labelNames?: Names
  ): Family<Gauge, Names> {
    return this.family("gauge", name, help, () => new Gauge(), labelNames)
  }

  /** `bounds` rise; the one at infinity is added. */
  histogram<const Names extends ReadonlyArray<string> = []>(
    name: string,
    help: string,
    bounds: ReadonlyArray<number>,
    labelNames?: Names
  ): Family<Histogram, Names> {
    bounds.forEach((bound, index) => {
      if (!Number.isFinite(bound) || bound <= (bounds[index - 1] ?? Number.NEGATIVE_INFINITY)) {
        throw new Error(`Bounds of ${name} do not rise`)
      }
    })
    if (labelNames?.includes("le")) throw new Error(`${name} may not have a label "le"`)
    return this.family("histogram", name, help, () => new Histogram(bounds), labelNames)
  }

  /** A metric that somebody else counts: `read` is called at each rendering and gives label values and number. */
  observed<const Names extends ReadonlyArray<string>>(
    type: "counter" | "gauge",
    name: string,
    help: string,
    labelNames: Names,
    read: () => Iterable<readonly [labels: LabelValues<Names>, value: number]>
  ): void {
    this.register(type, name, help, labelNames, () => {
      let text = ""
      for (const [values, value] of read()) {
        const labels = labelNames.map((label, index) => formatLabel(label, values[index] ?? ""))
        text += formatSample(name, labels, value)
      }
      return text
    })
  }

  /** The exposition text, content type `CONTENT_TYPE`. */
  render(): string {
    let text = ""
    for (const metric of this.metrics.values()) text += metric()
    return text
  }

  private family<C extends Counter | Gauge | Histogram, Names extends ReadonlyArray<string>>(
    type: "counter" | "gauge" | "histogram",
    name: string,
    help: string,
    make: () => C,
    labelNames: Names | undefined
  ): Family<C, Names> {
    // The default of `Names` is the empty tuple: absent names are no names.
    const names = labelNames ?? ([] as unknown as Names)
    const family = new Family<C, Names>(name, names, make, FAMILY_LIMIT)
    this.register(type, name, help, names, () => family.render())
    return family
  }

  private register(
    type: "counter" | "gauge" | "histogram",
    name: string,
    help: string,
    labelNames: ReadonlyArray<string>,
    render: () => string
  ): void {
    if (!NAME.test(name)) throw new Error(`"${name}" is no metric name`)
    if (type === "counter" && !name.endsWith("_total")) throw new Error(`Counter ${name} does not end in _total`)
    if (!labelNames.every((label) => LABEL.test(label)) || new Set(labelNames).size !== labelNames.length) {
      throw new Error(`Labels of ${name} are not valid: ${labelNames.join(", ")}`)
    }
    if (this.metrics.has(name)) throw new Error(`There is a metric ${name} already`)
    const head = `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`
    this.metrics.set(name, () => head + render())
  }
}
