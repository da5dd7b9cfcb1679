import * as Context from "effect/Context"
import type { JwtIssuer } from "../../services/config/CompiledConfig.ts"
import type { KeySet } from "./KeySet.ts"

/** The issuers' signing keys, in memory. Neither call waits, fails or leaves the process. */
export class Jwks extends Context.Service<
  Jwks,
  {
    /**
     * Undefined until the first are there, and again once the last good ones are too old to be trusted.
     * The object stays the same as long as the keys do.
     */
    readonly keysOf: (issuer: JwtIssuer) => KeySet | undefined
    /** A token named a key that the set lacks: it may have been rotated. However often called, few refreshes come of it. */
    readonly unknownKey: (issuer: JwtIssuer) => void
  }
>()("spangate/layers/jose/Jwks") {}
