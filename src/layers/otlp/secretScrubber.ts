import * as Redacted from "effect/Redacted"
import type { Destination } from "../../services/config/CompiledConfig.ts"

const MIN_WORD_LENGTH = 8

/**
 * Takes the destination's header values, and the longer words in them, out of a text: a server may quote the key it
 * refuses, and what it says goes to logs and to the dashboard.
 */
export const secretScrubber = (destination: Destination): ((text: string) => string) => {
  const values = Object.values(destination.headers).map(Redacted.value)
  const words = values.flatMap((value) => value.split(/\s+/)).filter((word) => word.length >= MIN_WORD_LENGTH)
  // The longest first, so that a value goes whole before its words do.
  const secrets = [...new Set([...values, ...words])]
    .filter((secret) => secret !== "")
    .sort((a, b) => b.length - a.length)
  return (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, "[redacted]"), text)
}
