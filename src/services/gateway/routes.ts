import type { ClientApi } from "../provider/Api.ts"

/** Where a path and method lead. A known path with another method answers 405. */
export type RouteMatch =
  | { readonly _tag: "Model"; readonly route: string; readonly api: ClientApi }
  | { readonly _tag: "Models"; readonly route: string }
  | { readonly _tag: "MethodNotAllowed"; readonly route: string; readonly allow: string; readonly api: ClientApi }
  | { readonly _tag: "NotFound" }

type ModelRoute = Extract<RouteMatch, { readonly _tag: "Model" }>

const MODELS = "/v1/models"

const post = new Map<string, ModelRoute>(
  (
    [
      ["/v1/chat/completions", "chat_completions"],
      ["/v1/completions", "completions"],
      ["/v1/embeddings", "embeddings"],
      ["/v1/messages", "messages"],
      ["/v1/responses", "responses"]
    ] as const
  ).map(([route, api]) => [route, { _tag: "Model", route, api }])
)

export const matchRoute = (method: string, path: string): RouteMatch => {
  const model = post.get(path)
  if (model !== undefined) {
    return method === "POST" ? model : { _tag: "MethodNotAllowed", route: path, allow: "POST", api: model.api }
  }
  if (path !== MODELS) return { _tag: "NotFound" }
  return method === "GET"
    ? { _tag: "Models", route: path }
    : { _tag: "MethodNotAllowed", route: path, allow: "GET", api: "chat_completions" }
}
