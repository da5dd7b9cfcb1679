import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import type { Outcome } from "../trace/TraceEvent.ts"
import type { TraceRecord } from "../trace/TraceRecord.ts"
import type { Exchange } from "./Exchange.ts"

/** How a request ended, seen before its failure, if any, is told to the client. */
export const outcomeOf = (exchange: Exchange, record: TraceRecord, exit: Exit.Exit<void, unknown>): Outcome => {
  const { stream } = record.header
  // Clients leave as soon as they hear of a fault: it is the fault that ended the request.
  if (stream?.outcome === "failed") return "failed"
  if (exchange.clientGone()) {
    // Clients also leave once they have the final event, without waiting for the end of the body.
    return stream?.done === true && !record.clientIsBehind ? "completed" : "client_disconnected"
  }
  if (Exit.isSuccess(exit)) return "completed"
  if (Cause.hasInterruptsOnly(exit.cause)) return "shutdown"
  return exchange.headSent() ? "failed" : "completed"
}
