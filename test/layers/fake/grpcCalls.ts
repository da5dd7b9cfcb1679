import { Client, credentials, Metadata, type StatusObject } from "@grpc/grpc-js"
import * as Effect from "effect/Effect"
import { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import { EXPORT_PATH } from "../../../src/layers/fake/middleware/ingestGrpc.ts"

export interface GrpcCall {
  readonly body: Uint8Array
  readonly path?: string
  readonly headers?: { readonly [name: string]: string }
  readonly gzip?: boolean
}

export interface GrpcOutcome extends Pick<StatusObject, "code" | "details" | "metadata"> {
  readonly message: Buffer | undefined
}

const FOREVER = Number.POSITIVE_INFINITY

/** One call by the library's own client to the fake's gRPC port, on a channel of its own. Interrupting it cancels it. */
export const callGrpc = (call: GrpcCall): Effect.Effect<GrpcOutcome, never, FakeMiddleware> =>
  Effect.flatMap(FakeMiddleware, ({ grpcEndpoint = "" }) =>
    Effect.callback<GrpcOutcome>((resume) => {
      const client = new Client(new URL(grpcEndpoint).host, credentials.createInsecure(), {
        "grpc.enable_retries": 0,
        "grpc.max_send_message_length": -1,
        ...(call.gzip === true ? { "grpc.default_compression_algorithm": 2 } : {})
      })
      const metadata = new Metadata()
      for (const [name, value] of Object.entries(call.headers ?? {})) metadata.set(name, value)
      let message: Buffer | undefined
      const sent = client.makeUnaryRequest(
        call.path ?? EXPORT_PATH,
        (bytes: Uint8Array) => Buffer.from(bytes),
        (bytes) => bytes,
        call.body,
        metadata,
        { deadline: FOREVER },
        (_, value) => {
          message = value
        }
      )
      sent.on("status", ({ code, details, metadata }) => {
        client.close()
        resume(Effect.succeed({ code, details, metadata, message }))
      })
      return Effect.sync(() => sent.cancel())
    })
  )
