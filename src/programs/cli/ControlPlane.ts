import * as Config from "effect/Config"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { SpangateApi } from "../../services/api/SpangateApi.ts"
import { apiFailure } from "./apiFailure.ts"
import { CommandFailed } from "./CommandFailed.ts"

const Url = Schema.String.check(
  Schema.isPattern(/^https?:\/\/[^/\s]/, { message: "must be a URL that begins with http:// or https://" }),
  Schema.makeFilter((text) => (URL.canParse(text) ? undefined : "is no URL"))
)

/** What a header can carry. */
const isToken = (token: Redacted.Redacted<string>): boolean => /^[\t\x20-\x7e\x80-\xff]*$/.test(Redacted.value(token))

/** Not said of the flags by the command line, which quotes them. */
const askedWrong = ({ token, url }: ControlPlane): string | undefined => {
  const { password, username } = new URL(url)
  if (username !== "" || password !== "") return "The URL of the control plane has a user or password in it: remove it"
  return Option.isSome(token) && !isToken(token.value)
    ? "The token in SPANGATE_ADMIN_TOKEN or --token holds a character that no header can carry (a line end?): copy it again"
    : undefined
}

/** Where the control plane is, and who asks: flags of every command that talks to it. */
export const controlFlags = {
  url: Flag.String("url").pipe(
    Flag.withDescription("Control plane (SPANGATE_CONTROL_URL, else http://127.0.0.1:8788)"),
    Flag.withFallbackConfig(Config.NonEmptyString("SPANGATE_CONTROL_URL")),
    Flag.withDefault("http://127.0.0.1:8788"),
    Flag.withSchema(Url)
  ),
  token: Flag.Redacted("token").pipe(
    Flag.withDescription("Admin token or JWT (SPANGATE_ADMIN_TOKEN, which other users of the machine cannot see)"),
    Flag.withFallbackConfig(Config.map(Config.NonEmptyString("SPANGATE_ADMIN_TOKEN"), (text) => Redacted.make(text))),
    Flag.optional
  )
}

export interface ControlPlane {
  readonly url: string
  readonly token: Option.Option<Redacted.Redacted<string>>
}

export type ControlClient = HttpApiClient.ForApi<typeof SpangateApi>

const ANSWER_TIMEOUT = "30 seconds"

const answeredInTime = <A, E, R>(answer: Effect.Effect<A, E, R>, request: HttpClientRequest.HttpClientRequest) =>
  Effect.timeoutOrElse(answer, {
    duration: ANSWER_TIMEOUT,
    orElse: () =>
      Effect.fail(
        new HttpClientError.HttpClientError({
          reason: new HttpClientError.TransportError({ request, cause: { code: "no answer in 30 s" } })
        })
      )
  })

/** Runs something with the API's client. Whatever the API has against it becomes one message. */
export const withControlPlane = <A, E, R>(
  controlPlane: ControlPlane,
  use: (client: ControlClient) => Effect.Effect<A, E, R>
) => {
  const wrong = askedWrong(controlPlane)
  return wrong === undefined
    ? asked(controlPlane, use)
    : Effect.fail(new CommandFailed({ message: wrong, exitCode: 2 }))
}

const asked = <A, E, R>({ token, url }: ControlPlane, use: (client: ControlClient) => Effect.Effect<A, E, R>) =>
  HttpApiClient.make(SpangateApi, {
    baseUrl: url.replace(/\/+$/, ""),
    transformClient: (client) =>
      client.pipe(
        HttpClient.mapRequest((request) =>
          Option.isNone(token) ? request : HttpClientRequest.bearerToken(request, token.value)
        ),
        HttpClient.transform(answeredInTime)
      )
  }).pipe(
    Effect.flatMap(use),
    Effect.mapError((error) => apiFailure(error, { url, hasToken: Option.isSome(token) })),
    Effect.provide(FetchHttpClient.layer)
  )
