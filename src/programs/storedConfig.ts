import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqliteRevisionLog from "../layers/sqlite/config/SqliteRevisionLog.ts"
import { checkFile, followFile } from "../layers/store/FollowedFile.ts"
import * as StoreConfigSync from "../layers/store/StoreConfigSync.ts"
import * as SystemMasterKey from "../layers/system/SystemMasterKey.ts"
import { ConfigSync } from "../services/config/ConfigSync.ts"
import { ConfigStore } from "../services/store/ConfigStore.ts"

export interface StoredConfigOptions {
  /** Directory of the embedded stores. */
  readonly data: string
  /** Of the fake provider. */
  readonly fakeOrigin?: string | undefined
}

/** The configuration in an embedded database. */
export const configStore = ({ data, fakeOrigin }: StoredConfigOptions) =>
  ConfigStore.layerNoDeps({ fakeOrigin }).pipe(
    Layer.provideMerge(SqliteRevisionLog.layer(data)),
    Layer.provideMerge(SystemMasterKey.layerWithFile(data))
  )

/** The same as the request path reads it, filled from a file, and changed by each save of it. */
export const storedConfig = ({ file, ...options }: StoredConfigOptions & { readonly file: string }) => {
  const source = { file, env: process.env, fakeOrigin: options.fakeOrigin }
  const inForce = Effect.gen(function* () {
    // Before the first reading: what was saved while no program ran is in force from the start.
    const followed = yield* followFile(source)
    const sync = yield* StoreConfigSync.make
    return ConfigSync.of({ ...sync, refused: () => sync.refused() + followed.refused() })
  })
  // A file that is refused leaves nothing behind.
  return Layer.unwrap(
    Effect.as(checkFile(source), Layer.effect(ConfigSync, inForce).pipe(Layer.provide(configStore(options))))
  )
}
