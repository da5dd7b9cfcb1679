import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { RevisionLog } from "../../store/RevisionLog.ts"
import { SpangateApi } from "../SpangateApi.ts"
import { unavailable } from "./storeProblems.ts"

const PAGE = 50

export const auditHandlers = HttpApiBuilder.group(
  SpangateApi,
  "audit",
  Effect.fnUntraced(function* (handlers) {
    const log = yield* RevisionLog
    return handlers.handle("list", ({ query: { before, limit = PAGE } }) =>
      Effect.mapError(log.auditLog({ limit, ...(before === undefined ? {} : { before }) }), unavailable)
    )
  })
)
