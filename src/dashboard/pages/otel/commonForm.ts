import { signal } from "@preact/signals"
import type { EntityDraft, EntitySpec } from "../../components/entitySpec.ts"
import { record, text } from "../../components/readBody.ts"
import { type ResourceRow, repeatedName } from "./destinationForm.ts"

/** What counts for every destination, as its form holds it. */
export interface CommonForm {
  readonly capture: "full" | "metadata"
  readonly resource: ReadonlyArray<ResourceRow>
  /** The other settings: sent back as they are. */
  readonly rest: Readonly<Record<string, unknown>>
}

export const readCommon = (body: unknown): CommonForm => {
  const { capture, resource, ...rest } = record(body)
  return {
    capture: capture === "metadata" ? "metadata" : "full",
    resource: Object.entries(record(resource)).map(([name, value]) => ({ name, value: text(value) })),
    rest
  }
}

const writeCommon = ({ capture, resource, rest }: CommonForm): Readonly<Record<string, unknown>> => {
  const rows = resource.filter(({ name, value }) => name.trim() !== "" || value !== "")
  return {
    ...(capture === "metadata" ? { capture } : {}),
    ...(rows.length === 0 ? {} : { resource: Object.fromEntries(rows.map(({ name, value }) => [name.trim(), value])) }),
    ...rest
  }
}

/** The settings' entity: there is one, and where it is not stored everything is at its default. */
export const commonSpec: EntitySpec<CommonForm> = {
  kind: "settings",
  noun: "settings",
  places: ["resource", "capture"],
  nameOf: () => "settings",
  read: readCommon,
  write: writeCommon,
  check: ({ resource }) => {
    const twice = repeatedName(resource)
    return twice === undefined ? {} : { resource: `${twice} is there twice: remove one.` }
  },
  drafts: signal<Readonly<Record<string, EntityDraft<CommonForm>>>>({})
}
