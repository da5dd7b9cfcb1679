import type { ShownConfig, ShownEntity } from "../../api/types.ts"
import { list, record, text } from "../../components/readBody.ts"

export const MODELS_PATH = "/models"

/** What clients can ask for, and who serves it. */
export interface Catalog {
  readonly accounts: ReadonlyArray<ShownEntity>
  readonly virtuals: ReadonlyArray<ShownEntity>
  /** `account/model`. */
  readonly models: ReadonlyArray<string>
  /** `group/name`. */
  readonly virtualNames: ReadonlyArray<string>
}

export const readCatalog = ({ entities }: Pick<ShownConfig, "entities">): Catalog => {
  const accounts = entities.filter(({ kind }) => kind === "provider-account")
  const virtuals = entities.filter(({ kind }) => kind === "virtual-model")
  return {
    accounts,
    virtuals,
    models: accounts.flatMap(({ name, body }) =>
      list(record(body)["models"]).map((model) => `${name}/${text(record(model)["name"])}`)
    ),
    virtualNames: virtuals.map(({ name }) => name)
  }
}

/** Virtual models that have a target in an account. */
export const usersOf = (account: string, virtuals: ReadonlyArray<ShownEntity>): ReadonlyArray<string> =>
  virtuals
    .filter(({ body }) =>
      list(record(record(body)["routing"])["targets"]).some((target) =>
        text(record(target)["model"]).startsWith(`${account}/`)
      )
    )
    .map(({ name }) => name)
