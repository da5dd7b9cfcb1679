import type { ServerResponse } from "node:http"
import type { ParsedFault } from "./Fault.ts"
import type { RecordedRequest } from "./RequestLog.ts"
import { reset } from "./reset.ts"

export interface WholeAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly headers: { readonly [name: string]: string }
}

/** A whole body, or its first half when the fault breaks it off. */
export const sendWhole = (
  response: ServerResponse,
  record: RecordedRequest,
  { status, contentType, body, headers }: WholeAnswer,
  fault: ParsedFault | undefined
): void => {
  const length = Buffer.byteLength(body)
  response.writeHead(status, { "content-type": contentType, "content-length": length, ...headers })
  switch (fault?.name) {
    case "reset-mid-body":
    case "hang-mid-body":
    case "end-mid-body": {
      record.breaksOff = fault.name !== "hang-mid-body"
      response.write(Buffer.from(body).subarray(0, length >> 1), () => {
        if (fault.name === "reset-mid-body") reset(response, record)
        else if (fault.name === "end-mid-body") response.socket?.end()
      })
      return
    }
    default:
      response.end(body)
  }
}
