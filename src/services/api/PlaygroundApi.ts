import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { Authentication, Authorization } from "./Access.ts"
import { about } from "./Actor.ts"
import { Unreachable } from "./problems.ts"
import { JsonBody, MaxBodyBytes } from "./Requests.ts"
import { Body, shortText } from "./schemas.ts"

/** The caller's own token of the gateway: `Authorization` is the control plane's. */
export const PLAYGROUND_TOKEN_HEADER = "x-spangate-playground-token"

/** A call through the gateway, from where only the control plane can be reached. */
export class PlaygroundApi extends HttpApiGroup.make("playground")
  .add(
    HttpApiEndpoint.post("chat", "/api/playground/chat/completions", {
      headers: { [PLAYGROUND_TOKEN_HEADER]: Schema.optionalKey(shortText(16_384)) },
      payload: Body,
      success: HttpApiSchema.StreamUint8Array({ contentType: "text/event-stream" }),
      error: [Unreachable]
    })
      .annotateMerge(
        about("Pass a chat completion on to the gateway; the answer is the gateway's, status and all", "editor")
      )
      .annotate(MaxBodyBytes, 10 * 1024 * 1024)
      .middleware(JsonBody)
  )
  .middleware(Authorization)
  .middleware(Authentication)
  .annotateMerge(OpenApi.annotations({ title: "Playground" })) {}
