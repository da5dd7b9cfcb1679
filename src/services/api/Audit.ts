import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { RevisionLog } from "../store/RevisionLog.ts"

export type AuditAction =
  | "login"
  | "login_refused"
  | "logout"
  | "forbidden"
  | "test_destination"
  | "token_created"
  | "token_revoked"

/** Notes what somebody did. Neither waits for a database that is away nor fails with it: the note is then in the log. */
export class Audit extends Context.Service<
  Audit,
  {
    readonly note: (entry: {
      readonly actor: string
      readonly action: AuditAction
      /** What it was done to. */
      readonly target?: string
      /** Never a secret. */
      readonly detail?: string
    }) => Effect.Effect<void>
  }
>()("spangate/services/api/Audit") {
  static readonly layer: Layer.Layer<Audit, never, RevisionLog> = Layer.effect(
    Audit,
    Effect.map(RevisionLog, (log) => ({
      note: Effect.fnUntraced(function* ({ action, actor, detail = "", target = "" }) {
        const at = yield* Clock.currentTimeMillis
        const entry = { at, actor: cut(actor), action, target: cut(target), detail: cut(detail) }
        yield* log.audit(entry).pipe(
          Effect.timeout("5 seconds"),
          Effect.catch(() => Effect.logWarning("audit entry could not be stored", entry))
        )
      })
    }))
  )
}

const MAX_LENGTH = 512

/** A subject of a JWT may be anything. */
const cut = (text: string): string => text.slice(0, MAX_LENGTH)
