import { formatLabel, formatSample } from "./exposition.ts"

/** One line of a child: what follows the family's name, a label of its own (`le`) or none, and the number. */
export interface Sample {
  readonly suffix: string
  readonly label: string
  readonly value: number
}

export interface Child {
  readonly samples: () => ReadonlyArray<Sample>
}

/** One string for each label name. */
export type LabelValues<Names extends ReadonlyArray<string>> = { readonly [Index in keyof Names]: string }

interface Node<C> {
  readonly next: Map<string, Node<C>>
  child?: C
}

const newNode = <C>(): Node<C> => ({ next: new Map() })

/** What stands for all label values past a family's limit. */
export const OTHER = "other"

/** The children of one metric, by their label values. */
export class Family<C extends Child, Names extends ReadonlyArray<string>> {
  private readonly name: string
  private readonly labelNames: Names
  private readonly make: () => C
  private readonly limit: number
  private readonly children: Array<{ readonly labels: ReadonlyArray<string>; readonly child: C }> = []
  // A tree of Maps rather than one Map by a joined key: a look-up allocates no string and no two keys can meet.
  private readonly root: Node<C> = newNode()

  constructor(name: string, labelNames: Names, make: () => C, limit: number) {
    this.name = name
    this.labelNames = labelNames
    this.make = make
    this.limit = limit
    // A metric without labels is there from the start, at zero.
    if (labelNames.length === 0) this.add([])
  }

  /**
   * The child with these label values, made when first asked for. Once the family holds its limit, every new
   * combination shares one child whose labels all read `other`: nothing a client sends can grow it further.
   */
  labels(...values: LabelValues<Names>): C {
    let node = this.root
    for (const value of values) {
      const next = node.next.get(value)
      if (next === undefined) return this.add(values)
      node = next
    }
    return node.child ?? this.add(values)
  }

  render(): string {
    let text = ""
    for (const { labels, child } of this.children) {
      for (const { suffix, label, value } of child.samples()) {
        text += formatSample(this.name + suffix, label === "" ? labels : [...labels, label], value)
      }
    }
    return text
  }

  private add(values: ReadonlyArray<string>): C {
    const full = this.children.length >= this.limit
    const own = full ? values.map(() => OTHER) : values
    let node = this.root
    for (const value of own) {
      let next = node.next.get(value)
      if (next === undefined) node.next.set(value, (next = newNode()))
      node = next
    }
    if (node.child === undefined) {
      node.child = this.make()
      const labels = this.labelNames.map((name, index) => formatLabel(name, own[index] ?? ""))
      this.children.push({ labels, child: node.child })
    }
    return node.child
  }
}
