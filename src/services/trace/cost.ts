import type { Price } from "../config/CompiledConfig.ts"
import type { Usage } from "../provider/Facts.ts"

/**
 * US dollars for a request's tokens. Cached input has its own price, or else the input's; so has cache writing.
 * Absent when the provider gave no usage, or when tokens were used that the price does not name.
 */
export const cost = (price: Price | undefined, usage: Usage | undefined): number | undefined => {
  if (price === undefined || usage === undefined) return undefined
  if (usage.inputTokens === undefined && usage.outputTokens === undefined) return undefined
  const read = usage.cacheReadInputTokens ?? 0
  const written = usage.cacheCreationInputTokens ?? 0
  const micro =
    charge(Math.max(0, (usage.inputTokens ?? 0) - read - written), price.inputPerMillion) +
    charge(read, price.cachedInputPerMillion ?? price.inputPerMillion) +
    charge(written, price.cacheWritePerMillion ?? price.inputPerMillion) +
    charge(usage.outputTokens ?? 0, price.outputPerMillion)
  return Number.isFinite(micro) ? micro / 1e6 : undefined
}

// NaN for tokens without a price makes the whole cost unknown; leaving them out would make it too small.
const charge = (tokens: number, perMillion: number | undefined): number =>
  tokens === 0 ? 0 : tokens * (perMillion ?? Number.NaN)
