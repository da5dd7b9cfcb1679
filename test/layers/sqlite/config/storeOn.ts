import * as Layer from "effect/Layer"
import * as SqliteRevisionLog from "../../../../src/layers/sqlite/config/SqliteRevisionLog.ts"
import { ConfigStore } from "../../../../src/services/store/ConfigStore.ts"
import { keyed, OLD_KEY } from "../../../services/store/keys.ts"

/** The configuration in a directory, as a program has it. */
export const storeOn = (directory: string, key = OLD_KEY, ...others: ReadonlyArray<string>) =>
  Layer.fresh(
    ConfigStore.layerNoDeps().pipe(
      Layer.provideMerge(SqliteRevisionLog.layer(directory)),
      Layer.provideMerge(keyed(key, ...others))
    )
  )

/** Two entities that only ever change together. */
export const pair = (n: number) => [
  {
    action: "put" as const,
    kind: "provider-account" as const,
    name: "a",
    body: { type: "openai", apiKey: `sk-canary-of-the-account-${n}` }
  },
  {
    action: "put" as const,
    kind: "destination" as const,
    name: "mw",
    body: { endpoint: "https://mw.example", headers: { Authorization: `canary-of-the-destination-${n}` } }
  }
]
