import * as Context from "effect/Context"
import type * as Stream from "effect/Stream"
import type { CompiledConfig } from "./CompiledConfig.ts"

/** The configuration in force. Whoever keeps it fresh (a file, NATS) swaps it whole. */
export class ConfigSync extends Context.Service<
  ConfigSync,
  {
    /** Constant time, for the request path. */
    readonly current: () => CompiledConfig
    /** The one in force now, then each that replaces it. */
    readonly changes: Stream.Stream<CompiledConfig>
    /** Documents refused since start; the last good one stayed. */
    readonly refused: () => number
  }
>()("spangate/services/config/ConfigSync") {}
