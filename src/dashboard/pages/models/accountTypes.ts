import { accountFindings } from "../../../services/config/accountRules.ts"
import type { ProviderAccount } from "../../../services/config/GatewayConfig.ts"

export type AccountType = ProviderAccount["type"]

export interface AccountTypeInfo {
  readonly type: AccountType
  readonly label: string
  readonly about: string
  /** What a new account is called, unless that is taken. */
  readonly name: string
  readonly baseUrl: string
  readonly model: string
  readonly keyHint: string
}

export const accountTypes: ReadonlyArray<AccountTypeInfo> = [
  {
    type: "openai",
    label: "OpenAI",
    about: "api.openai.com",
    name: "openai",
    baseUrl: "https://api.openai.com/v1",
    model: "gpt-4o-mini",
    keyHint: "A secret key from platform.openai.com, sk-…"
  },
  {
    type: "anthropic",
    label: "Anthropic",
    about: "Claude, by api.anthropic.com",
    name: "anthropic",
    baseUrl: "https://api.anthropic.com",
    model: "claude-sonnet-4-5",
    keyHint: "A key from console.anthropic.com, sk-ant-…"
  },
  {
    type: "azure-openai",
    label: "Azure OpenAI",
    about: "Your own resource and deployments",
    name: "azure",
    baseUrl: "https://<resource>.openai.azure.com/openai/v1",
    model: "gpt-4o-mini",
    keyHint: "Key 1 or 2 of the resource, under Keys and Endpoint."
  },
  {
    type: "openai-compatible",
    label: "OpenAI-compatible",
    about: "vLLM, Ollama, Groq, Mistral, OpenRouter, …",
    name: "local",
    baseUrl: "http://localhost:11434/v1",
    model: "llama3.2",
    keyHint: "Leave it empty where the server asks for none."
  },
  {
    type: "fake",
    label: "Demo",
    about: "Inside this process: no key, no cost",
    name: "demo",
    baseUrl: "",
    model: "echo",
    keyHint: ""
  }
]

export const infoOf = (type: AccountType): AccountTypeInfo =>
  accountTypes.find((info) => info.type === type) ?? {
    type,
    label: type,
    about: "",
    name: type,
    baseUrl: "",
    model: "",
    keyHint: ""
  }

type Setting = "baseUrl" | "apiKey" | "apiVersion"

/** Whether an account of this type must have, may have or has no use for something, by the configuration's own rules. */
export const needOf = (type: AccountType, setting: Setting): "required" | "optional" | "none" => {
  const about = (account: Readonly<Record<string, string>>) =>
    accountFindings({ type, ...account }, []).some(({ at }) => at[0] === setting)
  return about({}) ? "required" : about({ baseUrl: "", apiKey: "", apiVersion: "" }) ? "none" : "optional"
}
