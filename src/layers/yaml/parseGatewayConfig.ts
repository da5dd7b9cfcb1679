import { dirname } from "node:path"
import * as Result from "effect/Result"
import type { CompiledConfig } from "../../services/config/CompiledConfig.ts"
import { compile } from "../../services/config/compile.ts"
import { type Environment, interpolate } from "../../services/config/interpolate.ts"
import { byPosition, byStage, type Problem } from "../../services/config/Problem.ts"
import { inlineCertificates } from "./certificates.ts"
import { readYaml } from "./readYaml.ts"
import { revisionOf } from "./revision.ts"

export interface ParseOptions {
  /** For messages, and the directory that paths of certificates start from. */
  readonly file: string
  /** Where `${NAME}` is looked up. */
  readonly env: Environment
  /** `http://host:port` of the fake provider. */
  readonly fakeOrigin?: string | undefined
}

const documents = new WeakMap<CompiledConfig, unknown>()

/** The document that a configuration was compiled from, every reference resolved: it holds secrets in the clear. */
export const documentOf = (compiled: CompiledConfig): unknown => documents.get(compiled)

/** YAML text to what the request path reads, or every problem in it with its line. Never throws. */
export const parseGatewayConfig = (
  text: string,
  { env, fakeOrigin, file }: ParseOptions
): Result.Result<CompiledConfig, ReadonlyArray<Problem>> => {
  const source = readYaml(text, file)
  if (source.document === undefined) return Result.fail(source.problems)
  const interpolated = interpolate(source.document, env)
  const { document, findings } = inlineCertificates(interpolated.document, dirname(file))
  const compiled = compile(document, {
    revision: revisionOf(document),
    fakeOrigin,
    locate: source.locate,
    findings: byStage(interpolated.findings, findings)
  })
  if (Result.isSuccess(compiled)) documents.set(compiled.success, document)
  if (source.problems.length === 0) return compiled
  const others = Result.isFailure(compiled) ? compiled.failure : []
  return Result.fail([...source.problems, ...others].sort(byPosition))
}
