/**
 * Whether a name is one of these, or fits a pattern among them, in which `*` stands for any characters, `/` and none included.
 * A plain name costs one Set lookup however many there are; a pattern never backtracks further than its last `*`.
 */
export const matching = (patterns: ReadonlyArray<string>): ((name: string) => boolean) => {
  if (patterns.includes("*")) return () => true
  const names = new Set(patterns.filter((pattern) => !isPattern(pattern)))
  const matchers = patterns.filter(isPattern).map(matcher)
  if (matchers.length === 0) return (name) => names.has(name)
  return (name) => names.has(name) || matchers.some((matches) => matches(name))
}

export const isPattern = (text: string): boolean => text.includes("*")

const matcher = (pattern: string): ((name: string) => boolean) => {
  const parts = pattern.split("*")
  const first = parts[0] ?? ""
  const last = parts.at(-1) ?? ""
  const middle = parts.slice(1, -1)
  return (name) => {
    if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false
    const end = name.length - last.length
    let from = first.length
    // The leftmost place for each part leaves the most room for the rest.
    for (const part of middle) {
      const found = name.indexOf(part, from)
      if (found === -1 || found + part.length > end) return false
      from = found + part.length
    }
    return true
  }
}
