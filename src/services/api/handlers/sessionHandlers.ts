import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpEffect from "effect/http/HttpEffect"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { SESSION_COOKIE } from "../Access.ts"
import { Actor } from "../Actor.ts"
import { Admins } from "../Admins.ts"
import { Audit } from "../Audit.ts"
import { clientAddress } from "../clientAddress.ts"
import { LoginLimiter } from "../LoginLimiter.ts"
import { TooManyRequests, Unauthorized } from "../problems.ts"
import { Sessions } from "../Sessions.ts"
import { SpangateApi } from "../SpangateApi.ts"

/** By the proxy's word, if there is one: a cookie that is wrongly `Secure` would never come back. */
const isBehindHttps = ({ headers }: HttpServerRequest.HttpServerRequest): boolean =>
  headers["x-forwarded-proto"]?.split(",", 1)[0]?.trim() === "https"

const setCookie = (value: string, maxAgeSeconds: number) =>
  HttpEffect.appendPreResponseHandler((request, response) =>
    Effect.orDie(
      HttpServerResponse.setCookie(response, SESSION_COOKIE, value, {
        httpOnly: true,
        sameSite: "strict",
        path: "/",
        secure: isBehindHttps(request),
        maxAge: `${maxAgeSeconds} seconds`
      })
    )
  )

const setHeader = (name: string, value: string) =>
  HttpEffect.appendPreResponseHandler((_, response) =>
    Effect.succeed(HttpServerResponse.setHeader(response, name, value))
  )

export const sessionHandlers = HttpApiBuilder.group(
  SpangateApi,
  "session",
  Effect.fnUntraced(function* (handlers) {
    const admins = yield* Admins
    const sessions = yield* Sessions
    const limiter = yield* LoginLimiter
    const audit = yield* Audit

    return handlers.handleAll({
      current: () =>
        Effect.map(Actor, ({ csrf, expiresAt, name, role }) => ({
          actor: name,
          role,
          ...(csrf === undefined ? {} : { csrf }),
          ...(expiresAt === undefined ? {} : { expiresAt })
        })),
      signIn: Effect.fnUntraced(function* ({ payload, request }) {
        const address = clientAddress(request)
        const wait = yield* limiter.waitOf(address)
        if (wait > 0) {
          yield* setHeader("retry-after", String(wait))
          return yield* new TooManyRequests({
            detail: `There were too many failed sign-ins from this address: try again in ${wait} seconds.`,
            retryAfterSeconds: wait
          })
        }
        const credential = yield* admins.identify(payload.token).pipe(
          Effect.tapError(() =>
            Effect.andThen(limiter.failed(address), audit.note({ actor: "", action: "login_refused", target: address }))
          ),
          Effect.mapError(({ message }) => new Unauthorized({ detail: message }))
        )
        const now = yield* Clock.currentTimeMillis
        const { cookie, csrf, expiresAt } = sessions.issue(credential, now)
        yield* setCookie(cookie, Math.ceil((expiresAt - now) / 1000))
        yield* audit.note({ actor: credential.actor, action: "login", target: address })
        return { actor: credential.actor, role: credential.role, csrf, expiresAt }
      }),
      signOut: Effect.fnUntraced(function* () {
        const { csrf, name } = yield* Actor
        if (csrf !== undefined) sessions.end(csrf)
        yield* setCookie("", 0)
        yield* audit.note({ actor: name, action: "logout" })
      })
    })
  })
)
