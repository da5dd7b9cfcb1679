import { signal } from "@preact/signals"
import { accountFindings } from "../../../services/config/accountRules.ts"
import type { EntityDraft, EntitySpec } from "../../components/entitySpec.ts"
import { list, numberText, optionalNumber, optionalText, record, text } from "../../components/readBody.ts"
import { isKept, type SecretValue } from "../../components/secretValue.ts"
import { type AccountType, accountTypes, infoOf, needOf } from "./accountTypes.ts"

export interface ModelRow {
  readonly name: string
  readonly id: string
  /** US dollars per million tokens. */
  readonly price: PriceRow
  readonly rest: Readonly<Record<string, unknown>>
}

export const priceFields = [
  { key: "inputPerMillion", label: "Input" },
  { key: "outputPerMillion", label: "Output" },
  { key: "cachedInputPerMillion", label: "Cached input" },
  { key: "cacheWritePerMillion", label: "Cache writing" }
] as const

export type PriceRow = Readonly<Record<(typeof priceFields)[number]["key"], string>>

export interface HeaderRow {
  readonly name: string
  readonly value: SecretValue
}

/** A provider account as its form holds it. */
export interface AccountForm {
  readonly name: string
  readonly type: AccountType
  readonly baseUrl: string
  readonly apiKey: SecretValue
  readonly apiVersion: string
  readonly provider: string
  readonly headers: ReadonlyArray<HeaderRow>
  readonly propagateTraceparent: boolean
  readonly timeoutMs: string
  readonly timeToFirstTokenTimeoutMs: string
  readonly ca: string
  readonly models: ReadonlyArray<ModelRow>
  /** What the entry says besides: sent back as it is. */
  readonly rest: Readonly<Record<string, unknown>>
}

export const blankModel: ModelRow = {
  name: "",
  id: "",
  price: { inputPerMillion: "", outputPerMillion: "", cachedInputPerMillion: "", cacheWritePerMillion: "" },
  rest: {}
}

/** A new account; its name is one that is not taken. */
export const blankAccount = (type: AccountType, taken: ReadonlyArray<string>): AccountForm => {
  const info = infoOf(type)
  let name = info.name
  for (let number = 2; taken.includes(name); number++) name = `${info.name}-${number}`
  return {
    ...readAccount({ name, type }),
    baseUrl: needOf(type, "baseUrl") === "required" ? info.baseUrl : "",
    models: [blankModel]
  }
}

const readAccount = (body: unknown): AccountForm => {
  const {
    name,
    type,
    baseUrl,
    apiKey,
    apiVersion,
    provider,
    headers,
    propagateTraceparent,
    timeoutMs,
    timeToFirstTokenTimeoutMs,
    ca,
    models,
    ...rest
  } = record(body)
  return {
    name: text(name),
    type: accountTypes.find((info) => info.type === type)?.type ?? "openai",
    baseUrl: text(baseUrl),
    apiKey: secret(apiKey),
    apiVersion: text(apiVersion),
    provider: text(provider),
    headers: Object.entries(record(headers)).map(([header, value]) => ({ name: header, value: secret(value) })),
    propagateTraceparent: propagateTraceparent === true,
    timeoutMs: numberText(timeoutMs),
    timeToFirstTokenTimeoutMs: numberText(timeToFirstTokenTimeoutMs),
    ca: text(ca),
    models: list(models).map(readModel),
    rest
  }
}

const readModel = (body: unknown): ModelRow => {
  const { name, id, price, ...rest } = record(body)
  const prices = record(price)
  return {
    name: text(name),
    id: text(id),
    price: {
      inputPerMillion: numberText(prices["inputPerMillion"]),
      outputPerMillion: numberText(prices["outputPerMillion"]),
      cachedInputPerMillion: numberText(prices["cachedInputPerMillion"]),
      cacheWritePerMillion: numberText(prices["cacheWritePerMillion"])
    },
    rest
  }
}

const writeAccount = (form: AccountForm): Readonly<Record<string, unknown>> => {
  const uses = (setting: "baseUrl" | "apiKey" | "apiVersion") => needOf(form.type, setting) !== "none"
  const key = writeSecret(form.apiKey)
  const headers = form.headers.filter(({ name, value }) => name.trim() !== "" || value !== "")
  return {
    name: form.name.trim(),
    type: form.type,
    ...(uses("baseUrl") ? optionalText("baseUrl", form.baseUrl) : {}),
    ...(uses("apiKey") && key !== "" ? { apiKey: key } : {}),
    ...(uses("apiVersion") ? optionalText("apiVersion", form.apiVersion) : {}),
    ...optionalText("provider", form.provider),
    ...(headers.length === 0
      ? {}
      : { headers: Object.fromEntries(headers.map(({ name, value }) => [name.trim(), writeSecret(value)])) }),
    ...(form.propagateTraceparent ? { propagateTraceparent: true } : {}),
    ...optionalNumber("timeoutMs", form.timeoutMs),
    ...optionalNumber("timeToFirstTokenTimeoutMs", form.timeToFirstTokenTimeoutMs),
    ...optionalText("ca", form.ca),
    ...(form.models.length === 0 ? {} : { models: form.models.map(writeModel) }),
    ...form.rest
  }
}

const writeModel = ({ name, id, price, rest }: ModelRow): Readonly<Record<string, unknown>> => {
  const prices = Object.assign({}, ...priceFields.map(({ key }) => optionalNumber(key, price[key])))
  return {
    name: name.trim(),
    ...optionalText("id", id),
    ...(Object.keys(prices).length === 0 ? {} : { price: prices }),
    ...rest
  }
}

/** What the API would refuse as well, and what an object would lose without a word: two headers of one name. */
const checkAccount = (form: AccountForm): Readonly<Record<string, string>> => {
  const wrong: Record<string, string> = {}
  for (const { at, reason } of accountFindings(writeAccount(form), [])) wrong[String(at[0])] ??= reason
  // Of a file; here nothing reads the environment.
  if (wrong["apiKey"] !== undefined) wrong["apiKey"] = `${infoOf(form.type).label} wants its key.`
  const blank = /<[^>]*>/.exec(form.baseUrl)?.[0]
  if (blank !== undefined) wrong["baseUrl"] = `Put your own in place of ${blank}.`
  if (form.name.trim() === "") wrong["name"] = "Give it a name."
  const names = form.headers.map(({ name }) => name.trim().toLowerCase())
  const twice = names.find((name, index) => name !== "" && names.indexOf(name) !== index)
  if (twice !== undefined) wrong["headers"] = `${twice} is there twice: remove one.`
  for (const [index, { name }] of form.models.entries()) {
    if (name.trim() === "") wrong[`models[${index}].name`] = "Name the model, or remove the row."
  }
  return wrong
}

const secret = (value: unknown): SecretValue => (isKept(value) ? value : text(value))

const writeSecret = (value: SecretValue) => (isKept(value) ? { set: true } : value.trim())

export const accountSpec: EntitySpec<AccountForm> = {
  kind: "provider-account",
  noun: "account",
  places: [
    "name",
    "type",
    "baseUrl",
    "apiKey",
    "apiVersion",
    "provider",
    "headers",
    "timeoutMs",
    "timeToFirstTokenTimeoutMs",
    "ca",
    "models[].name",
    "models[].id",
    ...priceFields.map(({ key }) => `models[].price.${key}`)
  ],
  nameOf: ({ name }) => name.trim(),
  read: readAccount,
  write: writeAccount,
  check: checkAccount,
  drafts: signal<Readonly<Record<string, EntityDraft<AccountForm>>>>({})
}
