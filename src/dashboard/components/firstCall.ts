import type { ShownConfig } from "../api/types.ts"
import { readCatalog } from "../pages/models/catalog.ts"
import { shellQuote } from "../pages/trace/curl.ts"

/** A model that clients can ask for: a virtual one where there is any. */
export const firstModel = (config: Pick<ShownConfig, "entities">): string | undefined => {
  const { virtualNames, models } = readCatalog(config)
  return virtualNames[0] ?? models[0]
}

/** A first request for a shell; the token is left to `$SPANGATE_TOKEN`. */
export const firstCall = (model: string): string =>
  [
    "curl http://127.0.0.1:8787/v1/chat/completions",
    `-H "Authorization: Bearer $SPANGATE_TOKEN"`,
    "-H 'Content-Type: application/json'",
    `-d ${shellQuote(JSON.stringify({ model, messages: [{ role: "user", content: "Say hello" }] }))}`
  ].join(" \\\n  ")
