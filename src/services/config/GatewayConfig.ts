import * as Schema from "effect/Schema"
import {
  AccountName,
  Attributes,
  BaseUrl,
  DestinationName,
  ErrorStatusCodes,
  Headers,
  HttpUrl,
  intBetween,
  Milliseconds,
  ModelName,
  ModelPatterns,
  NotNegative,
  PrivateKey,
  RegularExpression,
  Secret,
  Sha256,
  Share,
  Text,
  TraceUrl,
  VirtualModelName,
  withDefault
} from "./fields.ts"

/** US dollars per million tokens. Cached input and cache writing cost what input does, unless they have a price of their own. */
export const Price = Schema.Struct({
  inputPerMillion: Schema.optionalKey(NotNegative),
  outputPerMillion: Schema.optionalKey(NotNegative),
  cachedInputPerMillion: Schema.optionalKey(NotNegative),
  cacheWritePerMillion: Schema.optionalKey(NotNegative)
})

export const Model = Schema.Struct({
  /** What clients ask for, after `account/`. */
  name: ModelName,
  /** The provider's own name, for azure-openai the deployment's. Default: `name`. */
  id: Schema.optionalKey(Text),
  price: Schema.optionalKey(Price)
})

/** `fake` is the demo provider inside this process. */
export const AccountType = Schema.Literals(["openai", "openai-compatible", "azure-openai", "anthropic", "fake"])

export const ProviderAccount = Schema.Struct({
  name: AccountName,
  type: AccountType,
  /** Default: https://api.openai.com/v1 for openai, https://api.anthropic.com for anthropic. */
  baseUrl: Schema.optionalKey(BaseUrl),
  /** openai-compatible may do without. */
  apiKey: Schema.optionalKey(Secret),
  /** `gen_ai.provider.name` in traces. Default: by type, for openai-compatible by a well-known host, else the account's name. */
  provider: Schema.optionalKey(Text),
  /** Sent with every call, over those the gateway would send. */
  headers: withDefault(Headers, {}),
  /** azure-openai only: the `api-version` query parameter. */
  apiVersion: Schema.optionalKey(Text),
  /** Whether the provider gets the caller's trace context. */
  propagateTraceparent: withDefault(Schema.Boolean, false),
  /** Per attempt: to the last byte, of a stream to the first one. Default: none. */
  timeoutMs: Schema.optionalKey(Milliseconds),
  /** To the first byte of a streamed answer. Default: none. */
  timeToFirstTokenTimeoutMs: Schema.optionalKey(Milliseconds),
  /** Private certificate authority: PEM, or a path relative to this file. */
  ca: Schema.optionalKey(Text),
  models: withDefault(Schema.Array(Model), [])
})

export const retryableStatusCodes = [429, 500, 502, 503]

const Retry = Schema.Struct({
  /** Further sends to the same target after the first. */
  attempts: withDefault(intBetween(0, 10), 2),
  delayMs: withDefault(intBetween(0, 60_000), 100),
  onStatusCodes: withDefault(ErrorStatusCodes, retryableStatusCodes)
})

const RoutingTarget = Schema.Struct({
  /** `account/model`. */
  model: Text,
  /** Share of the requests, relative to the other targets' weights. */
  weight: withDefault(NotNegative, 1),
  /** Lower is tried first. Default: the place in the list. */
  priority: Schema.optionalKey(intBetween(0, 1_000_000)),
  retry: withDefault(Retry, {}),
  /** Answers that move the request on to the next target. */
  fallbackStatusCodes: withDefault(ErrorStatusCodes, [401, 403, 404, 429, 500, 502, 503])
})

export const VirtualModel = Schema.Struct({
  name: VirtualModelName,
  routing: Schema.Struct({
    type: Schema.Literals(["weight", "priority", "latency"]),
    targets: Schema.Array(RoutingTarget).check(Schema.isMinLength(1, { message: "is empty, name at least one target" }))
  })
})

export const AccessToken = Schema.Struct({
  subject: Text,
  teams: withDefault(Schema.Array(Text), []),
  /** Hex SHA-256 of the token; the token itself is never written down. */
  sha256: Sha256,
  /** Names, or patterns in which `*` stands for any characters, `/` too. What its teams and its subject may use comes on top. */
  models: Schema.optionalKey(ModelPatterns)
})

const trustedIssuer = {
  issuer: Text,
  audience: Text,
  jwksUrl: HttpUrl,
  algorithms: withDefault(
    Schema.Array(Schema.Literals(["RS256", "ES256", "EdDSA"])).check(
      Schema.isMinLength(1, { message: "is empty, name at least one algorithm" })
    ),
    ["RS256", "ES256", "EdDSA"]
  ),
  subjectClaim: withDefault(Text, "sub")
}

export const JwtAccess = Schema.Struct({
  ...trustedIssuer,
  teamsClaim: Schema.optionalKey(Text),
  /** What each of its tokens may use; what the teams and the subject of one may use comes on top. */
  models: Schema.optionalKey(ModelPatterns)
})

/** What the members of a team may use, whatever they come with. A team without an entry is a label in traces. */
export const Team = Schema.Struct({
  name: Text,
  models: ModelPatterns
})

/** What a subject may use and which teams it belongs to, whatever it comes with. */
export const Subject = Schema.Struct({
  subject: Text,
  teams: Schema.optionalKey(Schema.Array(Text)),
  models: Schema.optionalKey(ModelPatterns)
})

/** Each may do what the ones after it may. */
export const AdminRole = Schema.Literals(["admin", "editor", "viewer"])

/** Opens the control plane. */
export const AdminToken = Schema.Struct({
  name: AccountName,
  role: AdminRole,
  /** Hex SHA-256 of the token. */
  sha256: Sha256
})

/** Whose tokens open the control plane, with the highest role that `rolesClaim` names. */
export const AdminIssuer = Schema.Struct({
  ...trustedIssuer,
  /** A text or a list of them. */
  rolesClaim: withDefault(Text, "roles")
})

const MaskRule = Schema.Struct({
  kind: Schema.Literals(["api-key", "email", "card-number", "custom"]),
  /** Of kind `custom`: a regular expression of JavaScript with the flags `gu`, its repeats bounded. */
  pattern: Schema.optionalKey(RegularExpression),
  /** `[email]`, or `[email:9f86d081884c7d65]`, which is the same for the same value: a name for it, no secret of one that can be guessed. */
  with: withDefault(Schema.Literals(["mask", "hash"]), "mask")
})

/** Beyond `excludeRequestData`, the resource included. In this order: deny, allow, then the masks on every string that is left. */
const Redaction = Schema.Struct({
  /** Attribute names, in which `*` stands for any characters. When given, no other attribute leaves. */
  allowAttributes: Schema.optionalKey(Schema.Array(Text)),
  denyAttributes: withDefault(Schema.Array(Text), []),
  mask: withDefault(Schema.Array(MaskRule), [])
})

const Sampling = Schema.Struct({
  /** `respect`: a trace whose caller did not sample it is not exported, and counts as dropped for `not_sampled`. */
  parent: withDefault(Schema.Literals(["ignore", "respect"]), "ignore"),
  /** With `respect`: the share of those that is exported all the same, 0 to 1, chosen by trace id. */
  unsampledRate: withDefault(Share, 0),
  /** `link`: a request is a trace of its own, with a link to the caller's span: for callers that trace the same call, so that none counts it twice. */
  remoteParent: withDefault(Schema.Literals(["parent", "link"]), "parent")
})

export const OtelDestination = Schema.Struct({
  name: DestinationName,
  /** `false`: nothing is sent or kept for it, as if its entry were not there. */
  enabled: withDefault(Schema.Boolean, true),
  /** Used as it is: no signal path is appended. For grpc scheme, host and port. */
  endpoint: HttpUrl,
  protocol: withDefault(Schema.Literals(["http", "grpc"]), "http"),
  /** Of http; grpc is always proto. */
  encoding: withDefault(Schema.Literals(["proto", "json"]), "proto"),
  headers: withDefault(Headers, {}),
  /** Leaves prompts, answers and everything else of their content out. */
  excludeRequestData: withDefault(Schema.Boolean, false),
  compression: withDefault(Schema.Literals(["gzip", "none"]), "gzip"),
  /** Resource attributes over the common ones. */
  resource: withDefault(Attributes, {}),
  /** One send, to the end of the answer. */
  timeoutMs: withDefault(Milliseconds, 10_000),
  /** Before compression. Collectors refuse more than 4 MiB by default. */
  maxBatchBytes: withDefault(intBetween(65_536, 67_108_864), 4_000_000),
  maxBatchSpans: withDefault(intBetween(1, 100_000), 8192),
  /** Private certificate authority: PEM, or a path relative to this file. */
  ca: Schema.optionalKey(Text),
  /** For mutual TLS, both or neither: PEM, or a path relative to this file. */
  clientCertificate: Schema.optionalKey(Text),
  clientKey: Schema.optionalKey(PrivateKey),
  /** What becomes of the queue while the endpoint answers 401 or 403: kept until this entry changes, or dropped. */
  onUnauthorized: withDefault(Schema.Literals(["pause", "drop"]), "pause"),
  redaction: withDefault(Redaction, {}),
  sampling: withDefault(Sampling, {}),
  /** Where its own page of a trace is, `{traceId}` standing for the id: the dashboard links to it. */
  traceUrl: Schema.optionalKey(TraceUrl),
  /** `otel-js` is the OpenTelemetry SDK's exporter, for comparison; http and proto only. */
  exporter: withDefault(Schema.Literals(["native", "otel-js"]), "native")
})

/** The configuration as written: the YAML file, the dashboard and the control plane's API all say these entities. */
export const GatewayConfig = Schema.Struct({
  /** Resource attributes common to all destinations. `service.name` is `spangate` unless set. */
  resource: withDefault(Attributes, {}),
  /** `metadata`: message content never leaves the gateway's process. */
  capture: withDefault(Schema.Literals(["full", "metadata"]), "full"),
  providerAccounts: withDefault(Schema.Array(ProviderAccount), []),
  virtualModels: withDefault(Schema.Array(VirtualModel), []),
  access: withDefault(
    Schema.Struct({
      tokens: withDefault(Schema.Array(AccessToken), []),
      jwt: withDefault(Schema.Array(JwtAccess), []),
      teams: withDefault(Schema.Array(Team), []),
      subjects: withDefault(Schema.Array(Subject), [])
    }),
    {}
  ),
  /** Who may operate. The control plane's alone: gateways and exporters ignore it. */
  admin: withDefault(
    Schema.Struct({
      tokens: withDefault(Schema.Array(AdminToken), []),
      jwt: withDefault(Schema.Array(AdminIssuer), [])
    }),
    {}
  ),
  otel: withDefault(Schema.Struct({ destinations: withDefault(Schema.Array(OtelDestination), []) }), {}),
  limits: withDefault(
    Schema.Struct({
      /** A longer request is refused with 413. */
      maxBodyBytes: withDefault(intBetween(1024, 1_073_741_824), 20_971_520)
    }),
    {}
  ),
  /** The product's own storage of traces: whichever bound comes first. */
  traces: withDefault(
    Schema.Struct({
      maxAgeDays: withDefault(intBetween(1, 3650), 14),
      maxGiB: withDefault(intBetween(1, 1_000_000), 10)
    }),
    {}
  )
})

export type GatewayConfig = typeof GatewayConfig.Type
export type ProviderAccount = typeof ProviderAccount.Type
export type VirtualModel = typeof VirtualModel.Type
export type OtelDestination = typeof OtelDestination.Type
export type JwtAccess = typeof JwtAccess.Type
export type Team = typeof Team.Type
export type Subject = typeof Subject.Type
export type AdminRole = typeof AdminRole.Type
export type AdminToken = typeof AdminToken.Type
export type AdminIssuer = typeof AdminIssuer.Type
