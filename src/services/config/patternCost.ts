/** What one try of a regular expression, at one place of a text, may cost whatever the text. */
export interface PatternCost {
  /** Characters compared at most. */
  readonly steps: number
  /** Ways to match at most: what follows is tried again for each. */
  readonly ways: number
  /** Characters that a match has at least. */
  readonly shortest: number
}

/** Where counting stops. Also stands for no bound at all. */
export const UNBOUNDED = 1_000_000

const EMPTY: PatternCost = { steps: 0, ways: 1, shortest: 0 }
const CHARACTER: PatternCost = { steps: 1, ways: 1, shortest: 1 }
const ASSERTION: PatternCost = { steps: 1, ways: 1, shortest: 0 }
const BACKREFERENCE: PatternCost = { steps: UNBOUNDED, ways: 1, shortest: 0 }

/**
 * An upper bound, by the pattern's structure alone, of what a backtracking engine does before it gives a place up.
 * Of a pattern that `new RegExp(source, "u")` takes: a syntax error is not looked for.
 */
export const patternCost = (source: string): PatternCost => {
  let at = 0

  /** What stands here, if it is of this form. */
  const take = (form: RegExp): RegExpExecArray | undefined => {
    form.lastIndex = at
    const found = form.exec(source) ?? undefined
    at += found?.[0].length ?? 0
    return found
  }

  const alternatives = (): PatternCost => {
    let cost = sequence()
    while (take(/\|/y)) cost = either(cost, sequence())
    return cost
  }

  const sequence = (): PatternCost => {
    let cost = EMPTY
    while (at < source.length && source[at] !== "|" && source[at] !== ")") cost = both(cost, quantified(atom()))
    return cost
  }

  const atom = (): PatternCost => {
    const group = take(/\((?:\?(?:<?[=!]|<[^>]*>|[a-z-]*:))?/y)
    if (group !== undefined) {
      const cost = alternatives()
      at++
      return /[=!]$/.test(group[0]) ? { ...cost, ways: 1, shortest: 0 } : cost
    }
    if (take(/\\(?:k<[^>]*>|[1-9])/y)) return BACKREFERENCE
    if (take(/[\^$]|\\b/iy)) return ASSERTION
    take(/\[(?:[^\]\\]|\\.)*\]|\\(?:u\{[^}]*\}|u[0-9a-f]{4}|x[0-9a-f]{2}|p\{[^}]*\}|c.|.)|./isuy)
    return CHARACTER
  }

  const quantified = (cost: PatternCost): PatternCost => {
    const found = take(/(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/y)
    if (found === undefined) return cost
    const [, sign, from, comma, to] = found
    if (sign !== undefined) return repeated(cost, sign === "+" ? 1 : 0, sign === "?" ? 1 : UNBOUNDED)
    const least = Number(from)
    return repeated(cost, least, comma === "" ? least : to === "" ? UNBOUNDED : Number(to))
  }

  return alternatives()
}

const bounded = ({ steps, ways, shortest }: PatternCost): PatternCost => ({
  steps: Math.min(steps, UNBOUNDED),
  ways: Math.min(ways, UNBOUNDED),
  shortest
})

const both = (a: PatternCost, b: PatternCost): PatternCost =>
  bounded({ steps: a.steps + a.ways * b.steps, ways: a.ways * b.ways, shortest: a.shortest + b.shortest })

const either = (a: PatternCost, b: PatternCost): PatternCost =>
  bounded({ steps: a.steps + b.steps, ways: a.ways + b.ways, shortest: Math.min(a.shortest, b.shortest) })

const repeated = (cost: PatternCost, least: number, most: number): PatternCost => {
  const shortest = cost.shortest * least
  if (most >= UNBOUNDED) return { steps: UNBOUNDED, ways: UNBOUNDED, shortest }
  let [steps, ways, waysSoFar] = [0, least === 0 ? 1 : 0, 1]
  for (let times = 1; times <= most && steps < UNBOUNDED && ways < UNBOUNDED; times++) {
    steps += waysSoFar * cost.steps
    waysSoFar = Math.min(waysSoFar * cost.ways, UNBOUNDED)
    if (times >= least) ways += waysSoFar
  }
  return bounded({ steps, ways, shortest })
}
