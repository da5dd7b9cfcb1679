import * as Layer from "effect/Layer"
import { sealingWith } from "../../../src/layers/system/sealing.ts"
import { MasterKey } from "../../../src/services/config/MasterKey.ts"

export const OLD_KEY = "an-old-master-key-of-32-characters-or-more"
export const NEW_KEY = "a-new-master-key-of-32-characters-or-more"

export const keyed = (first: string, ...others: ReadonlyArray<string>) =>
  Layer.succeed(MasterKey, sealingWith(first, others))
