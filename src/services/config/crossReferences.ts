import { accessFindings } from "./accessRules.ts"
import { accountFindings } from "./accountRules.ts"
import { adminFindings } from "./adminRules.ts"
import { claim, leadsNowhere, nameTaken } from "./claims.ts"
import { destinationFindings } from "./destinationRules.ts"
import type { Outline } from "./Outline.ts"
import { type Finding, formatPath, type Path } from "./Problem.ts"
import type { Steps } from "./Steps.ts"

/**
 * What one entity has against another: names taken twice, references that lead nowhere,
 * what an account's type asks for, and parts of a destination that do not fit together.
 * Reads what is well formed and leaves the rest to the Schema, so that one run reports both.
 */
export function* crossReferences(outline: Outline): Steps<ReadonlyArray<Finding>> {
  const names = namesOf(outline)
  return [
    ...names.findings,
    ...outline["provider-account"].flatMap((account, index) =>
      account === undefined ? [] : accountFindings(account, ["providerAccounts", index])
    ),
    ...routingFindings(outline, names),
    ...(yield* accessFindings(outline, [...names.models.keys(), ...names.virtualModels.keys()])),
    ...adminFindings(outline),
    ...outline.destination.flatMap((destination, index) =>
      destination === undefined ? [] : destinationFindings(destination, ["otel", "destinations", index])
    )
  ]
}

/** Everything that can be called by a name, and where it got it. */
interface Names {
  readonly models: ReadonlyMap<string, Path>
  readonly virtualModels: ReadonlyMap<string, Path>
  readonly findings: ReadonlyArray<Finding>
}

const namesOf = (outline: Outline): Names => {
  const findings: Array<Finding> = []
  const accounts = new Map<string, Path>()
  const models = new Map<string, Path>()
  const virtualModels = new Map<string, Path>()
  for (const [i, account] of outline["provider-account"].entries()) {
    const at = ["providerAccounts", i]
    claim(accounts, findings, account?.name, at, "name", nameTaken)
    const own = new Map<string, Path>()
    for (const [j, model] of (account?.models ?? []).entries()) {
      claim(own, findings, model?.name, [...at, "models", j], "name", nameTaken)
    }
    if (account?.name === undefined) continue
    for (const [name, path] of own) {
      const fqn = `${account.name}/${name}`
      if (!models.has(fqn)) models.set(fqn, path)
    }
  }
  for (const [i, { name } = {}] of outline["virtual-model"].entries()) {
    const at = ["virtualModels", i]
    claim(virtualModels, findings, name, at, "name", nameTaken)
    const model = name === undefined ? undefined : models.get(name)
    if (model !== undefined) findings.push({ at: [...at, "name"], reason: nameTaken(formatPath(model)) })
  }
  const destinations = new Map<string, Path>()
  for (const [i, destination] of outline.destination.entries()) {
    claim(destinations, findings, destination?.name, ["otel", "destinations", i], "name", nameTaken)
  }
  return { models, virtualModels, findings }
}

const routingFindings = (outline: Outline, { models, virtualModels }: Names): ReadonlyArray<Finding> => {
  const findings: Array<Finding> = []
  for (const [i, virtualModel] of outline["virtual-model"].entries()) {
    const at = ["virtualModels", i, "routing", "targets"]
    const targets = virtualModel?.routing?.targets ?? []
    for (const [j, target] of targets.entries()) {
      const model = target?.model
      if (model === undefined || models.has(model)) continue
      const reason = virtualModels.has(model)
        ? "names a virtual model, a target must be account/model"
        : leadsNowhere(model, models.keys())
      findings.push({ at: [...at, j, "model"], reason })
    }
    const isAllZero = targets.length > 0 && targets.every((target) => target?.weight === 0)
    if (virtualModel?.routing?.type === "weight" && isAllZero)
      findings.push({ at, reason: "has only weights of 0, give at least one target more" })
  }
  return findings
}
