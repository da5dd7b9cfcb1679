const ids = ["gpt-4o-mini", "claude-sonnet-4-5", "text-embedding-3-small"]

/** `GET /v1/models` in OpenAI's form or Anthropic's. Any other model is answered too. */
export const modelList = (anthropic: boolean): unknown =>
  anthropic
    ? {
        data: ids.map((id) => ({ type: "model", id, display_name: id, created_at: "2025-01-01T00:00:00Z" })),
        has_more: false,
        first_id: ids[0],
        last_id: ids.at(-1)
      }
    : { object: "list", data: ids.map((id) => ({ id, object: "model", created: 1735689600, owned_by: "fake" })) }
