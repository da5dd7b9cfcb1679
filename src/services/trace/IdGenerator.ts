import * as Context from "effect/Context"

/** Random ids by W3C trace-context level 2: lower-case hex, never all zero. */
export class IdGenerator extends Context.Service<
  IdGenerator,
  {
    /** 32 hex digits. */
    readonly traceId: () => string
    /** 16 hex digits, the first twelve of them never all zero. */
    readonly spanId: () => string
  }
>()("spangate/services/trace/IdGenerator") {}
