import type { ServerResponse } from "node:http"
import type { RecordedRequest } from "./RequestLog.ts"

/** Ends the connection with a reset, as a crashed provider does. */
export const reset = (response: ServerResponse, record: RecordedRequest): void => {
  record.breaksOff = true
  response.socket?.resetAndDestroy()
}
