import type { EntryOutline } from "./Outline.ts"
import type { Finding, Path } from "./Problem.ts"

type Account = EntryOutline<"provider-account">

type Rule = "required" | "optional" | "none"

// What each type of account must have, may have and has no use for.
const rules: { readonly [type: string]: { readonly [key in "baseUrl" | "apiKey" | "apiVersion"]: Rule } } = {
  openai: { baseUrl: "optional", apiKey: "required", apiVersion: "none" },
  "openai-compatible": { baseUrl: "required", apiKey: "optional", apiVersion: "none" },
  "azure-openai": { baseUrl: "required", apiKey: "required", apiVersion: "required" },
  anthropic: { baseUrl: "optional", apiKey: "required", apiVersion: "none" },
  fake: { baseUrl: "none", apiKey: "none", apiVersion: "none" }
}

const examples = {
  baseUrl: "write the provider's URL",
  apiKey: `write it or a reference such as \${API_KEY}`,
  apiVersion: 'write one such as "2024-10-21", or end baseUrl with /openai/v1'
}

/** Whether an account has what its type asks for. */
export const accountFindings = (account: Account, at: Path): ReadonlyArray<Finding> => {
  const rule = Object.hasOwn(rules, account.type ?? "") ? rules[account.type ?? ""] : undefined
  if (rule === undefined) return []
  const findings: Array<Finding> = []
  for (const key of ["baseUrl", "apiKey", "apiVersion"] as const) {
    const isVersionless = key === "apiVersion" && isAzureV1(account.baseUrl)
    const needed = rule[key] === "required" && isVersionless ? "optional" : rule[key]
    if (needed === "required" && !(key in account))
      findings.push({ at: [...at, key], reason: `is missing, type ${account.type} needs it: ${examples[key]}` })
    if (needed === "none" && key in account)
      findings.push({ at: [...at, key], reason: `has no use with type ${account.type}, remove it` })
  }
  return findings
}

/** Azure's newer API, which is OpenAI's: the deployment is named in the body, and no version is needed. */
export const isAzureV1 = (baseUrl: string | undefined): boolean =>
  baseUrl !== undefined && /\/openai\/v1\/*$/.test(baseUrl)

/** Where an account's calls go that has no baseUrl. */
export const defaultBaseUrl = (type: unknown): string =>
  type === "anthropic" ? "https://api.anthropic.com" : "https://api.openai.com/v1"
