/** Whether a pattern's owner may use a model. */
export type MayUse = (model: string) => boolean

/**
 * Names and patterns, in which `*` stands for any characters, `/` and none included.
 * A plain name costs one Set lookup however many there are; a pattern never backtracks further than its last `*`.
 */
export const mayUse = (patterns: ReadonlyArray<string>): MayUse => {
  if (patterns.includes("*")) return () => true
  const names = new Set(patterns.filter((pattern) => !isPattern(pattern)))
  const matchers = patterns.filter(isPattern).map(matcher)
  if (matchers.length === 0) return (model) => names.has(model)
  return (model) => names.has(model) || matchers.some((matches) => matches(model))
}

export const isPattern = (text: string): boolean => text.includes("*")

const matcher = (pattern: string): MayUse => {
  const parts = pattern.split("*")
  const first = parts[0] ?? ""
  const last = parts.at(-1) ?? ""
  const middle = parts.slice(1, -1)
  return (model) => {
    if (model.length < first.length + last.length || !model.startsWith(first) || !model.endsWith(last)) return false
    const end = model.length - last.length
    let from = first.length
    // The leftmost place for each part leaves the most room for the rest.
    for (const part of middle) {
      const found = model.indexOf(part, from)
      if (found === -1 || found + part.length > end) return false
      from = found + part.length
    }
    return true
  }
}
