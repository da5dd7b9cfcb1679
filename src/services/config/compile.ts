import type * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { CompiledConfig, Destination, JwtIssuer, Principal, Route, Target } from "./CompiledConfig.ts"
import { compileAccount } from "./compileAccount.ts"
import { crossReferences } from "./crossReferences.ts"
import { decodeSteps, type KnownEntries, knowNone } from "./decodeDocument.ts"
import { type GatewayConfig, type OtelDestination, retryableStatusCodes, type VirtualModel } from "./GatewayConfig.ts"
import { matching } from "./namePatterns.ts"
import type { Outline } from "./Outline.ts"
import { byStage, type Finding, type Locate, type Problem, toProblems } from "./Problem.ts"
import { type Principals, principals } from "./principals.ts"
import { atOnce, eachInSteps, LOOK, type Steps, stepwise, WORK } from "./Steps.ts"

export interface CompileOptions {
  /** Short content hash of the document. */
  readonly revision: string
  /** `http://host:port` where the `fake` provider speaks OpenAI's dialect under `/v1`. Without it, `fake` accounts are a problem. */
  readonly fakeOrigin?: string | undefined
  readonly locate?: Locate | undefined
  /** What was wrong before: reported along, and instead of what is said of the same places here. */
  readonly findings?: ReadonlyArray<Finding> | undefined
}

export type Compiled = Result.Result<CompiledConfig, ReadonlyArray<Problem>>

/**
 * The document as the request path reads it, or everything that is wrong with it.
 * Certificates and keys must be PEM here: whoever read the document has read the files it names.
 */
export const compile = (document: unknown, options: CompileOptions): Compiled =>
  atOnce(compileSteps(document, options, { entries: knowNone(), principals: undefined }))

/**
 * Compiles one revision after another as `compile` does, without keeping the thread: in steps, one each turn of the
 * event loop. Entries are known by the objects that they are: of those that stood in a document before, what was made
 * then is used again. So a document that was given must not be changed afterwards.
 */
export const makeCompiler = (): ((document: unknown, options: CompileOptions) => Effect.Effect<Compiled>) => {
  const before: Before = { entries: knowNone(), principals: undefined }
  return (document, options) => stepwise(() => compileSteps(document, options, before))
}

/** What is known of the revisions before. */
interface Before {
  readonly entries: KnownEntries
  principals: Principals | undefined
}

function* compileSteps(document: unknown, options: CompileOptions, before: Before): Steps<Compiled> {
  const { config, outline } = yield* decodeSteps(document, before.entries)
  const findings = byStage(options.findings ?? [], [
    ...(Result.isFailure(config) ? config.failure : []),
    ...(options.fakeOrigin === undefined ? fakeFindings(outline) : []),
    ...(yield* crossReferences(outline))
  ])
  return Result.isFailure(config) || findings.length > 0
    ? Result.fail(toProblems(findings, options.locate))
    : Result.succeed(yield* build(config.success, options, before))
}

const fakeFindings = (outline: Outline): ReadonlyArray<Finding> =>
  outline["provider-account"].flatMap((account, index) =>
    account?.type === "fake"
      ? [{ at: ["providerAccounts", index, "type"], reason: "this program has no fake provider, use a real one" }]
      : []
  )

function* build(
  config: GatewayConfig,
  { fakeOrigin = "", revision }: CompileOptions,
  before: Before
): Steps<CompiledConfig> {
  const targets = config.providerAccounts.flatMap((account) => compileAccount(account, fakeOrigin))
  const byFqn = new Map(targets.map((target) => [target.fqn, target]))
  const routes = [...targets.map(directRoute), ...config.virtualModels.map((model) => virtualRoute(model, byFqn))]
  const known = before.principals
  const principal = known?.isOf(config.access) ? known : yield* principals(config.access)
  before.principals = principal
  const tokens = new Map<string, Principal>()
  yield* eachInSteps(config.access.tokens, (token) => {
    const cost = principal.knows(token) ? LOOK : WORK
    tokens.set(token.sha256.toLowerCase(), principal.ofToken(token))
    return cost
  })
  return {
    revision,
    capture: config.capture,
    maxBodyBytes: config.limits.maxBodyBytes,
    traceRetention: config.traces,
    resource: config.resource,
    routes: new Map(routes.map((route) => [route.name, route])),
    tokens,
    jwtIssuers: new Map(
      config.access.jwt.map(({ models = [], ...jwt }): [string, JwtIssuer] => [
        jwt.issuer,
        { ...jwt, mayUse: matching(models), principal: (subject, teams) => principal.of(subject, teams, models) }
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
