import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { Authentication, Authorization } from "./Access.ts"
import { about } from "./Actor.ts"
import { Unavailable } from "./problems.ts"
import { Instant } from "./schemas.ts"

const Count = Schema.Finite

export const Ledger = Schema.Struct({
  captured: Count,
  delivered: Count,
  rejected: Count,
  deadLettered: Count,
  dropped: Schema.Record(Schema.String, Count),
  queued: Count,
  queuedBytes: Count,
  oldestAt: Schema.optionalKey(Instant)
})

const DeadLetters = Schema.Struct({
  destination: Schema.String,
  letters: Count,
  bytes: Count,
  buriedSpans: Count,
  storedSpans: Count,
  replayedSpans: Count,
  rejectedSpans: Count,
  purgedSpans: Count,
  droppedSpans: Schema.Struct({ full: Count, expired: Count })
})

/** `services/export/DestinationStatus`, in JSON. */
export const DestinationStatus = Schema.Struct({
  name: Schema.String,
  ledger: Schema.optionalKey(Ledger),
  deadLetters: Schema.optionalKey(DeadLetters),
  queueCapacityBytes: Schema.optionalKey(Count),
  health: Schema.Struct({
    state: Schema.Literals(["healthy", "retrying", "unauthorized", "misconfigured", "refusing"]),
    since: Instant,
    lastError: Schema.optionalKey(
      Schema.Struct({ reason: Schema.String, message: Schema.optionalKey(Schema.String), at: Instant })
    ),
    lastSuccessAt: Schema.optionalKey(Instant)
  }),
  paused: Schema.Boolean,
  retries: Count,
  batches: Count,
  probes: Count,
  maxBatchBytes: Count,
  latency: Schema.Struct({ bounds: Schema.Array(Count), counts: Schema.Array(Count), sum: Count })
})

export const Member = Schema.Struct({
  role: Schema.Literals(["gateway", "exporter"]),
  instance: Schema.String,
  host: Schema.String,
  version: Schema.String,
  /** The configuration that it has in force. */
  revision: Schema.String,
  seenAt: Instant
})

export const Status = Schema.Struct({
  /** Of this control plane. */
  version: Schema.String,
  /** The newest of the configuration; 0 before the first. */
  revision: Schema.Int,
  /** Every gateway and exporter that was heard of lately. */
  members: Schema.Array(Member),
  destinations: Schema.Array(DestinationStatus),
  /** Absent while it cannot be reached. */
  traceStore: Schema.optionalKey(Schema.Struct({ traces: Count, bytes: Count, oldest: Schema.optionalKey(Instant) })),
  /** What waits in the bus for the trace store. Absent where another program fills it. */
  traceIngest: Schema.optionalKey(
    Schema.Struct({
      ledger: Schema.optionalKey(Ledger),
      /** The store took nothing when it was last tried. */
      waiting: Schema.Boolean
    })
  )
})

/** What runs, and how well. */
export class StatusApi extends HttpApiGroup.make("status")
  .add(
    HttpApiEndpoint.get("get", "/api/status", { success: Status, error: [Unavailable] }).annotateMerge(
      about("Programs, revisions in force, destinations with their ledgers, the store")
    )
  )
  .middleware(Authorization)
  .middleware(Authentication)
  .annotateMerge(OpenApi.annotations({ title: "Status" })) {}
