import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type { Destination } from "../config/CompiledConfig.ts"
import { compile } from "../config/compile.ts"
import { unmaskSecrets } from "../config/maskSecrets.ts"
import { formatPath } from "../config/Problem.ts"
import type { Snapshot } from "../store/ConfigStore.ts"
import type { FieldProblem } from "./problems.ts"

/** A destination as an exporter would have it, and the resource attributes common to all. */
export interface ReadyDestination {
  readonly destination: Destination
  readonly common: { readonly [key: string]: string }
}

/**
 * One destination's entry by itself, whatever else the configuration says. A secret `{ set: true }` is the one of the
 * stored entry with its name, if it goes to the same host. Problems name fields of the entry: `destination.endpoint`.
 */
export const compileDestination = (
  entry: unknown,
  { entities }: Pick<Snapshot, "entities">
): Result.Result<ReadyDestination, ReadonlyArray<FieldProblem>> => {
  const name = Predicate.hasProperty(entry, "name") ? entry.name : undefined
  const stored = entities.find((entity) => entity.kind === "destination" && entity.name === name)
  const { body, findings } = unmaskSecrets("destination", entry, stored?.body)
  if (findings.length > 0) {
    return Result.fail(findings.map(({ at, reason }) => ({ path: formatPath(["destination", ...at]), reason })))
  }
  const resource = resourceOf(entities)
  const document = { ...(resource === undefined ? {} : { resource }), otel: { destinations: [switchedOn(body)] } }
  const compiled = compile(document, { revision: "test" })
  if (Result.isFailure(compiled)) {
    return Result.fail(
      compiled.failure.map(({ path, reason }) => ({ path: path.replace(PLACE, "destination"), reason }))
    )
  }
  const [destination] = compiled.success.destinations
  return destination === undefined
    ? Result.fail([{ path: "destination", reason: "is missing, add it" }])
    : Result.succeed({ destination, common: compiled.success.resource })
}

/** One that is switched off can be tried before it is switched on. */
const switchedOn = (body: unknown): unknown => (Predicate.isObject(body) ? { ...body, enabled: true } : body)

const PLACE = /^otel\.destinations\[0\]/

/** As the settings write them. */
export const resourceOf = (entities: Snapshot["entities"]): unknown => {
  const settings = entities.find(({ kind }) => kind === "settings")?.body
  return Predicate.hasProperty(settings, "resource") ? settings.resource : undefined
}
