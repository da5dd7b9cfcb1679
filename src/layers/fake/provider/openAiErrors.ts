import type { Frame } from "./Dialect.ts"

const kinds: { readonly [status: number]: readonly [type: string, code: string | null] } = {
  400: ["invalid_request_error", null],
  401: ["invalid_request_error", "invalid_api_key"],
  403: ["request_forbidden", "unsupported_country_region_territory"],
  404: ["invalid_request_error", "model_not_found"],
  408: ["timeout", null],
  413: ["invalid_request_error", "request_too_large"],
  429: ["requests", "rate_limit_exceeded"]
}

/** OpenAI's error envelope. */
export const openAiError = (status: number, message: string): unknown => {
  const [type, code] = kinds[status] ?? [status < 500 ? "invalid_request_error" : "server_error", null]
  return { error: { message, type, param: null, code } }
}

export const openAiErrorFrames: ReadonlyArray<Frame> = [
  {
    data: JSON.stringify({
      error: {
        message: "The server had an error processing your request. Sorry about that!",
        type: "server_error",
        param: null,
        code: null
      }
    }),
    token: false
  },
  { data: "[DONE]", token: false }
]
