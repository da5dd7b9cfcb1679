/** gRPC's status codes. */
export const grpcCodes = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16
} as const

export type GrpcCode = keyof typeof grpcCodes

/** How an answer to a gRPC call ends. */
export interface GrpcStatus {
  readonly code: GrpcCode
  readonly message?: string
  /** Adds a `google.rpc.RetryInfo` in `grpc-status-details-bin`; without `delayMs` it names no delay. */
  readonly retryInfo?: { readonly delayMs?: number }
}

const BY_HTTP_STATUS: { readonly [status: number]: GrpcCode } = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "UNIMPLEMENTED",
  413: "RESOURCE_EXHAUSTED",
  429: "UNAVAILABLE",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "UNAVAILABLE"
}

/** What a server that would answer with this HTTP status answers in gRPC. */
export const grpcCodeOf = (httpStatus: number): GrpcCode =>
  httpStatus < 300 ? "OK" : (BY_HTTP_STATUS[httpStatus] ?? "UNKNOWN")
