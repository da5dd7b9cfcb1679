import * as Result from "effect/Result"
import type { CompiledConfig, Destination, JwtIssuer, Principal, Route, Target } from "./CompiledConfig.ts"
import { compileAccount } from "./compileAccount.ts"
import { crossReferences } from "./crossReferences.ts"
import { decodeDocument } from "./decodeDocument.ts"
import { type GatewayConfig, type OtelDestination, retryableStatusCodes, type VirtualModel } from "./GatewayConfig.ts"
import { matching } from "./namePatterns.ts"
import { outlineOf } from "./Outline.ts"
import { byStage, type Finding, type Locate, type Problem, toProblems } from "./Problem.ts"
import { principals } from "./principals.ts"

export interface CompileOptions {
  /** Short content hash of the document. */
  readonly revision: string
  /** `http://host:port` where the `fake` provider speaks OpenAI's dialect under `/v1`. Without it, `fake` accounts are a problem. */
  readonly fakeOrigin?: string | undefined
  readonly locate?: Locate | undefined
  /** What was wrong before: reported along, and instead of what is said of the same places here. */
  readonly findings?: ReadonlyArray<Finding> | undefined
}

/**
 * The document as the request path reads it, or everything that is wrong with it.
 * Certificates and keys must be PEM here: whoever read the document has read the files it names.
 */
export const compile = (
  document: unknown,
  options: CompileOptions
): Result.Result<CompiledConfig, ReadonlyArray<Problem>> => {
  const decoded = decodeDocument(document)
  const findings = byStage(options.findings ?? [], [
    ...(Result.isFailure(decoded) ? decoded.failure : []),
    ...(options.fakeOrigin === undefined ? fakeFindings(document) : []),
    ...crossReferences(document)
  ])
  return Result.isFailure(decoded) || findings.length > 0
    ? Result.fail(toProblems(findings, options.locate))
    : Result.succeed(build(decoded.success, options.revision, options.fakeOrigin ?? ""))
}

const fakeFindings = (document: unknown): ReadonlyArray<Finding> =>
  (outlineOf(document).providerAccounts ?? []).flatMap((account, index) =>
    account?.type === "fake"
      ? [{ at: ["providerAccounts", index, "type"], reason: "this program has no fake provider, use a real one" }]
      : []
  )

const build = (config: GatewayConfig, revision: string, fakeOrigin: string): CompiledConfig => {
  const targets = config.providerAccounts.flatMap((account) => compileAccount(account, fakeOrigin))
  const byFqn = new Map(targets.map((target) => [target.fqn, target]))
  const principal = principals(config.access)
  const routes = [...targets.map(directRoute), ...config.virtualModels.map((model) => virtualRoute(model, byFqn))]
  return {
    revision,
    capture: config.capture,
    maxBodyBytes: config.limits.maxBodyBytes,
    traceRetention: config.traces,
    resource: config.resource,
    routes: new Map(routes.map((route) => [route.name, route])),
    tokens: new Map(
      config.access.tokens.map(({ models = [], sha256, subject, teams }): [string, Principal] => [
        sha256.toLowerCase(),
        principal(subject, teams, models)
      ])
    ),
    jwtIssuers: new Map(
      config.access.jwt.map(({ models = [], ...jwt }): [string, JwtIssuer] => [
        jwt.issuer,
        { ...jwt, mayUse: matching(models), principal: (subject, teams) => principal(subject, teams, models) }
      ])
    ),
    destinations: config.otel.destinations.filter(({ enabled }) => enabled).map(destination),
    admin: {
      tokens: new Map(config.admin.tokens.map(({ name, role, sha256 }) => [sha256.toLowerCase(), { name, role }])),
      issuers: new Map(config.admin.jwt.map((jwt) => [jwt.issuer, jwt]))
    }
  }
}

/** A caller who names one model gets that one: its failures are the caller's to see. */
const directRoute = (target: Target): Route => ({
  name: target.fqn,
  strategy: "direct",
  targets: [
    {
      target,
      weight: 1,
      priority: 0,
      retry: { attempts: 0, delayMs: 100, onStatusCodes: new Set(retryableStatusCodes) },
      fallbackStatusCodes: new Set()
    }
  ]
})

const virtualRoute = ({ name, routing }: VirtualModel, byFqn: ReadonlyMap<string, Target>): Route => ({
  name,
  strategy: routing.type,
  targets: routing.targets.flatMap(({ fallbackStatusCodes, model, priority, retry, weight }, index) => {
    const target = byFqn.get(model)
    return target === undefined
      ? []
      : {
          target,
          weight,
          priority: priority ?? index,
          retry: { ...retry, onStatusCodes: new Set(retry.onStatusCodes) },
          fallbackStatusCodes: new Set(fallbackStatusCodes)
        }
  })
})

const destination = ({ enabled: _, headers, traceUrl: _1, ...rest }: OtelDestination): Destination => ({
  ...rest,
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
})
