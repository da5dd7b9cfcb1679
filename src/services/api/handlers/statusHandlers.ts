import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Option from "effect/Option"
import { Fleet } from "../../export/Fleet.ts"
import { RevisionLog } from "../../store/RevisionLog.ts"
import { TraceIngest } from "../../store/TraceIngest.ts"
import { TraceStore } from "../../store/TraceStore.ts"
import { SpangateApi } from "../SpangateApi.ts"
import { unavailable } from "./storeProblems.ts"

/** `version` is the program's own. */
export const statusHandlers = (version: string) =>
  HttpApiBuilder.group(
    SpangateApi,
    "status",
    Effect.fnUntraced(function* (handlers) {
      const fleet = yield* Fleet
      const log = yield* RevisionLog
      const traces = yield* TraceStore
      const ingest = yield* Effect.serviceOption(TraceIngest)

      return handlers.handle("get", () =>
        Effect.gen(function* () {
          const revision = yield* Effect.mapError(log.head, unavailable)
          const traceStore = Option.getOrUndefined(yield* Effect.option(traces.size))
          return {
            version,
            revision,
            members: yield* fleet.members,
            destinations: yield* fleet.destinations,
            ...(traceStore === undefined ? {} : { traceStore }),
            ...(Option.isNone(ingest) ? {} : { traceIngest: yield* ingest.value.status })
          }
        })
      )
    })
  )
