import * as Redacted from "effect/Redacted"
import type { ClientApi } from "../provider/Api.ts"
import { defaultBaseUrl, isAzureV1 } from "./accountRules.ts"
import type { Account, Target } from "./CompiledConfig.ts"
import type { ProviderAccount } from "./GatewayConfig.ts"
import { providerName } from "./providerName.ts"

/** An account and its models as the request path needs them. `fakeOrigin` is where the `fake` provider listens. */
export const compileAccount = (account: ProviderAccount, fakeOrigin: string): ReadonlyArray<Target> => {
  const url = new URL(baseUrl(account, fakeOrigin))
  const compiled: Account = {
    name: account.name,
    type: account.type,
    api: account.type === "anthropic" ? "anthropic" : "openai",
    providerName: providerName(account, url.hostname),
    origin: url.origin,
    serverAddress: url.hostname.replace(/^\[|\]$/g, ""),
    serverPort: url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port),
    headers: { ...authentication(account), ...revealed(account.headers) },
    propagateTrace: account.propagateTraceparent,
    ...(account.timeoutMs === undefined ? {} : { timeoutMs: account.timeoutMs }),
    ...(account.timeToFirstTokenTimeoutMs === undefined
      ? {}
      : { timeToFirstTokenTimeoutMs: account.timeToFirstTokenTimeoutMs }),
    ...(account.ca === undefined ? {} : { ca: account.ca })
  }
  const basePath = url.pathname.replace(/\/+$/, "")
  return account.models.map((model) => {
    const modelId = model.id ?? model.name
    return {
      fqn: `${account.name}/${model.name}`,
      account: compiled,
      modelName: model.name,
      modelId,
      ...(model.price === undefined ? {} : { price: model.price }),
      paths: paths(account, basePath, modelId)
    }
  })
}

const baseUrl = ({ baseUrl, type }: ProviderAccount, fakeOrigin: string): string =>
  type === "fake" ? `${fakeOrigin}/v1` : (baseUrl ?? defaultBaseUrl(type))

const authentication = (account: ProviderAccount): { readonly [name: string]: string } => {
  const version: { readonly [name: string]: string } =
    account.type === "anthropic" ? { "anthropic-version": "2023-06-01" } : {}
  if (account.apiKey === undefined) return version
  const key = Redacted.value(account.apiKey)
  switch (account.type) {
    case "anthropic":
      return { ...version, "x-api-key": key }
    case "azure-openai":
      return { "api-key": key }
    default:
      return { authorization: `Bearer ${key}` }
  }
}

const revealed = (headers: ProviderAccount["headers"]): { readonly [name: string]: string } =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), Redacted.value(value)]))

const paths = (
  account: ProviderAccount,
  basePath: string,
  modelId: string
): { readonly [api in ClientApi]?: string } => {
  if (account.type === "anthropic") return { messages: `${basePath.replace(/\/v1$/, "")}/v1/messages` }
  const azure = account.type === "azure-openai" && !isAzureV1(account.baseUrl)
  const query = account.apiVersion === undefined ? "" : `?api-version=${encodeURIComponent(account.apiVersion)}`
  const resource = basePath.replace(/\/openai$/, "")
  const root = azure ? `${resource}/openai/deployments/${encodeURIComponent(modelId)}` : basePath
  return {
    chat_completions: `${root}/chat/completions${query}`,
    completions: `${root}/completions${query}`,
    embeddings: `${root}/embeddings${query}`,
    // Azure has this one in its newer API alone, which takes no dated version.
    responses: azure ? `${resource}/openai/v1/responses` : `${root}/responses${query}`
  }
}
