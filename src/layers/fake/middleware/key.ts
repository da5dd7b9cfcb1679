import { attributeText } from "./HeldTraces.ts"
import type { ExportTraceServiceRequest } from "./OtlpTrace.ts"

export const NEEDS_KEY =
  "the key is missing: send it as it is in Authorization, or in the resource attribute mw.account_key"

/** What is wrong with an Authorization that is there; empty when it is not. */
export const refusedKey = (authorization: string, key: string): string | undefined => {
  if (/^bearer\b/i.test(authorization)) return "Authorization has to be the key itself, without Bearer before it"
  return authorization !== "" && authorization !== key ? "the key in Authorization is wrong" : undefined
}

/** The key may also ride in every resource, which is what Middleware's own agent does. */
export const carriesKey = ({ resourceSpans }: ExportTraceServiceRequest, key: string): boolean =>
  resourceSpans.length > 0 &&
  resourceSpans.every(({ resource }) => attributeText(resource.attributes, "mw.account_key") === key)
