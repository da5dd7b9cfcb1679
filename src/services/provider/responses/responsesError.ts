import type { JsonObject } from "../Api.ts"
import type { ErrorDetail } from "../errorEnvelope.ts"
import { objectOf } from "../json.ts"
import { streamError } from "../providerError.ts"
import { eventType } from "./eventType.ts"

/**
 * The error that an event carries: an `error` event, whose members stand at its top or in an object, or a failed
 * response. Lesser providers send OpenAI's envelope without a type.
 */
export const responsesError = (event: JsonObject, name: string): ErrorDetail | undefined => {
  switch (eventType(event, name)) {
    case "response.failed":
      return streamError({ error: objectOf(event["response"])?.["error"] ?? {} })
    case "error": {
      const { code, message, param } = event
      return objectOf(event["error"]) === undefined
        ? streamError({ error: { code, message, param } })
        : streamError(event)
    }
    default:
      return event["type"] === undefined ? streamError(event) : undefined
  }
}
