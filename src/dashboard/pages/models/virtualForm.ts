import { signal } from "@preact/signals"
import type { EntityDraft, EntitySpec } from "../../components/entitySpec.ts"
import { list, numberText, optionalNumber, record, text } from "../../components/readBody.ts"

export type RoutingType = "weight" | "priority" | "latency"

export interface TargetRow {
  readonly model: string
  readonly weight: string
  readonly priority: string
  readonly attempts: string
  readonly delayMs: string
  /** As typed: `429, 500`. */
  readonly onStatusCodes: string
  readonly fallbackStatusCodes: string
  readonly rest: Readonly<Record<string, unknown>>
}

/** A virtual model as its form holds it. */
export interface VirtualForm {
  readonly name: string
  readonly type: RoutingType
  readonly targets: ReadonlyArray<TargetRow>
  /** What the entry says besides: sent back as it is. */
  readonly rest: Readonly<Record<string, unknown>>
}

// What counts where the entry says nothing: shown in the empty inputs.
export const targetDefaults = {
  weight: "1",
  attempts: "2",
  delayMs: "100",
  onStatusCodes: "429, 500, 502, 503",
  fallbackStatusCodes: "401, 403, 404, 429, 500, 502, 503"
}

export const blankTarget = (model: string): TargetRow => ({
  model,
  weight: "",
  priority: "",
  attempts: "",
  delayMs: "",
  onStatusCodes: "",
  fallbackStatusCodes: "",
  rest: {}
})

export const blankVirtual = (firstModel: string): VirtualForm => ({
  name: "",
  type: "weight",
  targets: [blankTarget(firstModel)],
  rest: {}
})

const routingTypes = ["weight", "priority", "latency"] as const

export const readVirtual = (body: unknown): VirtualForm => {
  const { name, routing, ...rest } = record(body)
  const { type, targets } = record(routing)
  return {
    name: text(name),
    type: routingTypes.find((one) => one === type) ?? "weight",
    targets: list(targets).map(readTarget),
    rest
  }
}

const readTarget = (body: unknown): TargetRow => {
  const { model, weight, priority, retry, fallbackStatusCodes, ...rest } = record(body)
  const { attempts, delayMs, onStatusCodes } = record(retry)
  return {
    model: text(model),
    weight: numberText(weight),
    priority: numberText(priority),
    attempts: numberText(attempts),
    delayMs: numberText(delayMs),
    onStatusCodes: codesText(onStatusCodes),
    fallbackStatusCodes: codesText(fallbackStatusCodes),
    rest
  }
}

const writeVirtual = (form: VirtualForm): Readonly<Record<string, unknown>> => ({
  name: form.name.trim(),
  routing: { type: form.type, targets: form.targets.map(writeTarget) },
  ...form.rest
})

const writeTarget = (row: TargetRow): Readonly<Record<string, unknown>> => {
  const retry = {
    ...optionalNumber("attempts", row.attempts),
    ...optionalNumber("delayMs", row.delayMs),
    ...optionalCodes("onStatusCodes", row.onStatusCodes)
  }
  return {
    model: row.model,
    ...optionalNumber("weight", row.weight),
    ...optionalNumber("priority", row.priority),
    ...(Object.keys(retry).length === 0 ? {} : { retry }),
    ...optionalCodes("fallbackStatusCodes", row.fallbackStatusCodes),
    ...row.rest
  }
}

/** An empty list is written `none`: an empty input means the default. */
const codesText = (value: unknown): string =>
  Array.isArray(value) ? (value.length === 0 ? "none" : value.map(String).join(", ")) : ""

const optionalCodes = (key: string, written: string): Readonly<Record<string, unknown>> => {
  const trimmed = written.trim()
  if (trimmed === "") return {}
  if (trimmed === "none") return { [key]: [] }
  const codes = trimmed.split(/[\s,]+/).filter((code) => code !== "")
  // What is no number goes as it is, for the API to say so.
  return { [key]: codes.map((code) => (/^\d+$/.test(code) ? Number(code) : code)) }
}

/** Of each target in percent, as they are typed; undefined where it cannot be told. */
export const shares = (form: Pick<VirtualForm, "type" | "targets">): ReadonlyArray<number | undefined> => {
  const weights = form.targets.map(({ weight }) => Number(weight.trim() === "" ? targetDefaults.weight : weight))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map((weight) =>
    form.type === "weight" && sum > 0 && weight >= 0 ? Math.round((weight / sum) * 1000) / 10 : undefined
  )
}

const checkVirtual = (form: VirtualForm): Readonly<Record<string, string>> => {
  const wrong: Record<string, string> = {}
  if (!form.name.includes("/")) wrong["name"] = "Write it as group/name, for example prod/chat."
  if (form.targets.length === 0) wrong["routing.targets"] = "Name at least one target."
  for (const [index, { model }] of form.targets.entries()) {
    if (model === "") wrong[`routing.targets[${index}].model`] = "Choose a model."
  }
  return wrong
}

export const virtualSpec: EntitySpec<VirtualForm> = {
  kind: "virtual-model",
  noun: "virtual model",
  places: [
    "name",
    "routing.targets",
    "routing.targets[].model",
    "routing.targets[].weight",
    "routing.targets[].priority",
    "routing.targets[].retry.attempts",
    "routing.targets[].retry.delayMs",
    "routing.targets[].retry.onStatusCodes",
    "routing.targets[].fallbackStatusCodes"
  ],
  nameOf: ({ name }) => name.trim(),
  read: readVirtual,
  write: writeVirtual,
  check: checkVirtual,
  drafts: signal<Readonly<Record<string, EntityDraft<VirtualForm>>>>({})
}
