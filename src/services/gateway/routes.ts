import type { ClientApi } from "../provider/Api.ts"

/** Where a path and method lead. `known` paths with another method answer 405. */
export type RouteMatch =
  | { readonly _tag: "Model"; readonly route: string; readonly api: ClientApi }
  | { readonly _tag: "Models"; readonly route: string }
  | { readonly _tag: "MethodNotAllowed"; readonly route: string; readonly allow: string }
  | { readonly _tag: "NotFound" }

const model = (route: string, api: ClientApi): RouteMatch => ({ _tag: "Model", route, api })

const POST = new Map<string, RouteMatch>([
  ["/v1/chat/completions", model("/v1/chat/completions", "chat_completions")],
  ["/v1/completions", model("/v1/completions", "completions")],
  ["/v1/embeddings", model("/v1/embeddings", "embeddings")],
  ["/v1/messages", model("/v1/messages", "messages")]
])

const GET = new Map<string, RouteMatch>([["/v1/models", { _tag: "Models", route: "/v1/models" }]])

const NOT_FOUND: RouteMatch = { _tag: "NotFound" }

export const matchRoute = (method: string, path: string): RouteMatch => {
  const found = method === "POST" ? POST.get(path) : method === "GET" ? GET.get(path) : undefined
  if (found !== undefined) return found
  if (POST.has(path)) return { _tag: "MethodNotAllowed", route: path, allow: "POST" }
  if (GET.has(path)) return { _tag: "MethodNotAllowed", route: path, allow: "GET" }
  return NOT_FOUND
}
