/** OTLP's enum starts with "unspecified", the API's with "internal". */
export const KIND_OFFSET = 1

const HAS_IS_REMOTE = 0x100
const IS_REMOTE = 0x200

/** `Span.flags` and `Span.Link.flags`: the W3C flags, and whether the parent, or the linked span, is remote. */
export const spanFlags = (traceFlags: number, isRemote: boolean | undefined): number =>
  (traceFlags & 0xff) | HAS_IS_REMOTE | (isRemote === true ? IS_REMOTE : 0)
