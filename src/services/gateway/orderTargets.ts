import type { Route, RouteTarget } from "../config/CompiledConfig.ts"

/** Targets within this factor of the fastest count as equally fast. */
const SAME_SPEED = 1.2

/**
 * Targets in the order they are to be tried.
 *
 * - weight: drawn without replacement in proportion to weight, so that the fallback order is weighted too;
 *   targets of weight 0 come after all others, as listed.
 * - priority: lowest number first, those that share one drawn as by weight.
 * - latency: those within 1.2 times the fastest drawn as by weight, then the others by speed.
 *
 * @param random uniform in [0, 1)
 * @param latency milliseconds; 0 where it is not known, which counts as fast
 */
export const orderTargets = (
  strategy: Route["strategy"],
  targets: ReadonlyArray<RouteTarget>,
  random: () => number,
  latency: (entry: RouteTarget) => number
): ReadonlyArray<RouteTarget> => {
  switch (strategy) {
    case "direct":
      return targets
    case "weight":
      return draw(targets, random)
    case "priority": {
      const groups = Map.groupBy(targets, (entry) => entry.priority)
      return [...groups.keys()].sort((a, b) => a - b).flatMap((priority) => draw(groups.get(priority) ?? [], random))
    }
    case "latency": {
      const timed = targets.map((entry) => ({ entry, millis: latency(entry) })).sort((a, b) => a.millis - b.millis)
      const limit = (timed.find((each) => each.millis > 0)?.millis ?? 0) * SAME_SPEED
      const entries = timed.map((each) => each.entry)
      const fast = timed.filter((each) => each.millis <= limit).length
      return [...draw(entries.slice(0, fast), random), ...entries.slice(fast)]
    }
  }
}

const draw = (targets: ReadonlyArray<RouteTarget>, random: () => number): ReadonlyArray<RouteTarget> => {
  if (targets.length < 2) return targets
  const urn = targets.filter((entry) => entry.weight > 0)
  const drawn: Array<RouteTarget> = []
  while (urn.length > 0) {
    let point = random() * urn.reduce((sum, entry) => sum + entry.weight, 0)
    const found = urn.findIndex((entry) => (point -= entry.weight) < 0)
    // Rounding may leave the point just past the last one.
    drawn.push(...urn.splice(found === -1 ? urn.length - 1 : found, 1))
  }
  return [...drawn, ...targets.filter((entry) => entry.weight <= 0)]
}
