import * as Effect from "effect/Effect"
import { apiAt, headOf } from "../../test/control-e2e/kit/api.ts"
import { ADMIN_TOKEN, EDITOR_TOKEN } from "./settings.ts"

/** What two people changed since, for the audit. */
export const makeChanges = (control: string) =>
  Effect.gen(function* () {
    const maria = apiAt(control, ADMIN_TOKEN)
    const jonas = apiAt(control, EDITOR_TOKEN)
    const change = Effect.fnUntraced(function* (
      who: typeof maria,
      kind: string,
      name: string,
      note: string,
      edit: (body: Record<string, unknown>) => Record<string, unknown>
    ) {
      const path = `/api/config/${kind}/${encodeURIComponent(name)}`
      const { body } = yield* who.get(path)
      const base = yield* headOf(who)
      const answer = yield* who.put(path, { base, body: edit(body.body), note })
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
    })
    yield* change(jonas, "virtual-model", "prod/classify", "Half and half while we compare the two", (body) => ({
      ...body,
      routing: {
        type: "weight",
        targets: [
          { model: "openai/gpt-4o-mini", weight: 50 },
          { model: "mistral/mistral-small", weight: 50 }
        ]
      }
    }))
    yield* change(maria, "destination", "middleware", "Room for slow Mondays", (body) => ({
      ...body,
      timeoutMs: 20_000
    }))
    yield* jonas.post("/api/tokens", { subject: "app:search", teams: ["data"], models: ["mistral/*"] })
    yield* maria.post("/api/tokens", { subject: "user:ben", teams: ["support"], models: ["prod/*"] })
    yield* change(maria, "team", "data", "They train on embeddings now", (body) => ({
      ...body,
      models: ["openai/*", "mistral/*", "prod/classify"]
    }))
  })
