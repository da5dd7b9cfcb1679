import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { Authentication, Authorization, CSRF_HEADER } from "../Access.ts"
import { Actor, mayAct, RequiredRole } from "../Actor.ts"
import { Admins } from "../Admins.ts"
import { Audit } from "../Audit.ts"
import { Forbidden, Unauthorized } from "../problems.ts"
import { Sessions } from "../Sessions.ts"
import { sameText } from "../sameText.ts"

const NOBODY = "Send an admin token or JWT as `Authorization: Bearer <token>`, or sign in by POST /api/session."
const ENDED = "The session has ended or was revoked: sign in again."

/** Whoever sends a token is known by it, even if a cookie comes along. */
export const authenticationLayer = Layer.effect(
  Authentication,
  Effect.gen(function* () {
    const admins = yield* Admins
    const sessions = yield* Sessions

    return Authentication.of({
      session: Effect.fnUntraced(function* (handler, { credential }) {
        const request = yield* HttpServerRequest.HttpServerRequest
        const cookie = Redacted.value(credential)
        if (request.headers["authorization"] !== undefined || cookie === "")
          return yield* new Unauthorized({ detail: NOBODY })
        const session = Option.getOrUndefined(sessions.read(cookie, yield* Clock.currentTimeMillis))
        const role = session === undefined ? undefined : admins.roleOf(session.credential)
        if (session === undefined || role === undefined) return yield* new Unauthorized({ detail: ENDED })
        const { credential: known, csrf, expiresAt } = session
        return yield* Effect.provideService(handler, Actor, { name: known.actor, role, csrf, expiresAt })
      }),
      bearer: Effect.fnUntraced(function* (handler, { credential }) {
        const request = yield* HttpServerRequest.HttpServerRequest
        const token = Redacted.value(credential)
        if (token === "") {
          const hadCookie = request.headers["authorization"] === undefined && request.headers["cookie"] !== undefined
          return yield* new Unauthorized({ detail: hadCookie ? ENDED : NOBODY })
        }
        const { actor, expiresAt, role } = yield* admins
          .identify(token)
          .pipe(Effect.mapError(({ message }) => new Unauthorized({ detail: message })))
        return yield* Effect.provideService(handler, Actor, {
          name: actor,
          role,
          ...(expiresAt === undefined ? {} : { expiresAt })
        })
      })
    })
  })
)

export const authorizationLayer = Layer.effect(
  Authorization,
  Effect.gen(function* () {
    const audit = yield* Audit

    return Authorization.of(
      Effect.fnUntraced(function* (handler, { endpoint, group }) {
        const actor = yield* Actor
        const target = `${group.identifier}.${endpoint.identifier}`
        const request = yield* HttpServerRequest.HttpServerRequest
        if (
          actor.csrf !== undefined &&
          endpoint.method !== "GET" &&
          !sameText(actor.csrf, request.headers[CSRF_HEADER] ?? "")
        ) {
          yield* audit.note({ actor: actor.name, action: "forbidden", target, detail: "without a CSRF value" })
          return yield* new Forbidden({
            detail: `With the cookie, a changing request needs the header ${CSRF_HEADER}, with the value that GET /api/session gives.`
          })
        }
        const role = Context.get(endpoint.annotations, RequiredRole)
        if (!mayAct(actor.role, role)) return yield* forbid(actor, role, target)
        return yield* handler
      })
    )

    function forbid(actor: Actor["Service"], role: typeof RequiredRole.Service, target: string) {
      return audit
        .note({ actor: actor.name, action: "forbidden", target, detail: `needs ${role}` })
        .pipe(Effect.andThen(Effect.fail(lacks(actor, role))))
    }
  })
)

/** The answer to who lacks a role. */
export const lacks = (actor: Actor["Service"], role: typeof RequiredRole.Service): Forbidden =>
  new Forbidden({ role, detail: `This needs the role ${role}, and yours is ${actor.role}.` })
