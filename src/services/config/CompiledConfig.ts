import type * as Redacted from "effect/Redacted"
import type { ClientApi, ProviderApi } from "../provider/Api.ts"

/**
 * The configuration as the request path reads it: immutable, every reference resolved, every lookup a Map.
 * It is swapped whole; a request holds one revision from its first look to its end.
 */
export interface CompiledConfig {
  /** Short content hash of the document. */
  readonly revision: string
  readonly capture: "full" | "metadata"
  /** A larger request body is refused with 413. Default 20 MiB. */
  readonly maxBodyBytes: number
  /** Resource attributes common to all destinations. */
  readonly resource: { readonly [key: string]: string }
  /** By every name a client may ask for: `account/model` and virtual `group/name`. */
  readonly routes: ReadonlyMap<string, Route>
  /** By lower-case hex SHA-256 of the token. */
  readonly tokens: ReadonlyMap<string, Principal>
  /** By `iss`. */
  readonly jwtIssuers: ReadonlyMap<string, JwtIssuer>
  readonly destinations: ReadonlyArray<Destination>
  /** How long the trace store keeps what; `compile` always gives it. */
  readonly traceRetention?: TraceRetention
  /** Who may operate, for the control plane; `compile` always gives it. */
  readonly admin?: AdminAccess
}

export interface TraceRetention {
  readonly maxAgeDays: number
  readonly maxGiB: number
}

/** US dollars per million tokens. */
export interface Price {
  readonly inputPerMillion?: number
  readonly outputPerMillion?: number
  readonly cachedInputPerMillion?: number
  readonly cacheWritePerMillion?: number
}

export interface Account {
  readonly name: string
  readonly type: "openai" | "openai-compatible" | "azure-openai" | "anthropic" | "fake"
  readonly api: ProviderApi
  /** `gen_ai.provider.name`: openai, anthropic, azure.ai.openai, groq, mistral_ai, deepseek, x_ai… */
  readonly providerName: string
  /** `https://api.openai.com`: scheme, host, port. */
  readonly origin: string
  readonly serverAddress: string
  readonly serverPort: number
  /** Sent with every call, authentication included; names in lower case. */
  readonly headers: { readonly [name: string]: string }
  /** Whether the provider may see our `traceparent`. */
  readonly propagateTrace: boolean
  /** Per attempt: to the last byte, of a stream to the first one. Absent means no bound but the idle one. */
  readonly timeoutMs?: number
  /** A stream's first byte. */
  readonly timeToFirstTokenTimeoutMs?: number
  /** PEM of a private certificate authority. */
  readonly ca?: string
}

/** A model of an account: what an attempt is sent to. */
export interface Target {
  /** `account/model`. */
  readonly fqn: string
  readonly account: Account
  readonly modelName: string
  /** The provider's own name for it. */
  readonly modelId: string
  readonly price?: Price
  /** Path and query by the API of the request sent: `messages` for anthropic accounts, the others for openai ones. */
  readonly paths: { readonly [api in ClientApi]?: string }
}

export interface RetryPolicy {
  /** Further sends on the same target after the first. */
  readonly attempts: number
  readonly delayMs: number
  readonly onStatusCodes: ReadonlySet<number>
}

export interface RouteTarget {
  readonly target: Target
  readonly weight: number
  /** Lower is tried first. */
  readonly priority: number
  readonly retry: RetryPolicy
  /** Answers that move the request on to the next target. */
  readonly fallbackStatusCodes: ReadonlySet<number>
}

export interface Route {
  readonly name: string
  readonly strategy: "direct" | "weight" | "priority" | "latency"
  readonly targets: ReadonlyArray<RouteTarget>
}

/** Who calls, and what they may use. */
export interface Principal {
  readonly subject: string
  readonly teams: ReadonlyArray<string>
  readonly mayUse: (model: string) => boolean
}

export interface JwtIssuer {
  readonly issuer: string
  readonly audience: string
  readonly jwksUrl: string
  readonly algorithms: ReadonlyArray<"RS256" | "ES256" | "EdDSA">
  readonly subjectClaim: string
  readonly teamsClaim?: string
  /** What each of its tokens may use. */
  readonly mayUse: (model: string) => boolean
  /** Who a verified subject with the teams of its claim is, what teams and subjects add included; `compile` always gives it. */
  readonly principal?: (subject: string, teams: ReadonlyArray<string>) => Principal
}

/** Each may do what the ones after it may. */
export type AdminRole = "admin" | "editor" | "viewer"

export interface AdminAccess {
  /** By lower-case hex SHA-256 of the token. */
  readonly tokens: ReadonlyMap<string, { readonly name: string; readonly role: AdminRole }>
  /** By `iss`. */
  readonly issuers: ReadonlyMap<string, AdminIssuer>
}

export interface AdminIssuer {
  readonly issuer: string
  readonly audience: string
  readonly jwksUrl: string
  readonly algorithms: ReadonlyArray<"RS256" | "ES256" | "EdDSA">
  readonly subjectClaim: string
  /** Names one role, or a list of which the highest counts. */
  readonly rolesClaim: string
}

/** Where traces go. */
export interface Destination {
  readonly name: string
  /** Used as it is: no signal path is appended. For grpc scheme, host and port. */
  readonly endpoint: string
  readonly protocol: "http" | "grpc"
  /** Of http; grpc is always proto. */
  readonly encoding: "proto" | "json"
  /** Names in lower case, also as gRPC metadata. */
  readonly headers: { readonly [name: string]: Redacted.Redacted<string> }
  readonly excludeRequestData: boolean
  readonly compression: "gzip" | "none"
  /** Resource attributes over the common ones. */
  readonly resource: { readonly [key: string]: string }
  /** One send, to the end of the answer. */
  readonly timeoutMs: number
  readonly maxBatchBytes: number
  readonly maxBatchSpans: number
  /** PEM of a private certificate authority. */
  readonly ca?: string
  /** PEM of the client's certificate and key, for mutual TLS: both or neither. */
  readonly clientCertificate?: string
  readonly clientKey?: Redacted.Redacted<string>
  /** What becomes of the queue while the endpoint answers 401 or 403: kept until the entry changes, or dropped. */
  readonly onUnauthorized: "pause" | "drop"
  readonly redaction: RedactionRules
  readonly sampling: SamplingPolicy
  /** `native`: our delivery. `otel-js`: the OpenTelemetry SDK's exporter, for comparison; http and proto only. */
  readonly exporter: "native" | "otel-js"
}

/**
 * Beyond Exclude Request Data, on spans, events, links and the resource. Applied in this order: deny, allow, then the
 * patterns on every string that is left. `service.*` and `telemetry.sdk.*` of the resource always stay.
 */
export interface RedactionRules {
  /** Attribute names, `*` standing for any characters. When given, no other attribute leaves. */
  readonly allowAttributes?: ReadonlyArray<string>
  readonly denyAttributes: ReadonlyArray<string>
  /** What is masked in values: well-known kinds, or a regular expression of one's own. */
  readonly mask: ReadonlyArray<MaskRule>
}

export interface MaskRule {
  readonly kind: "api-key" | "email" | "card-number" | "custom"
  /** Of kind `custom`: the source of a regular expression; its validity and its cost are checked when the configuration is read. */
  readonly pattern?: string
  /**
   * `mask` writes `[email]`; `hash` writes `[email:` and the first 16 hex digits of the value's SHA-256, so that equal
   * values stay equal. Whoever can guess a value can recognise its hash.
   */
  readonly with: "mask" | "hash"
}

/** What a caller's trace context does to the export of its trace. */
export interface SamplingPolicy {
  /** `ignore`: every trace is exported. `respect`: only those whose caller sampled them, or that have no caller; the rest is dropped as `not_sampled`. */
  readonly parent: "ignore" | "respect"
  /** With `respect`: the share, 0 to 1, of unsampled callers' traces that is exported all the same; chosen by trace id. */
  readonly unsampledRate: number
  /** `link`: the root begins a trace of its own and links to the caller's span, for callers that trace the same call (`spans/origin.ts`). */
  readonly remoteParent: "parent" | "link"
}
