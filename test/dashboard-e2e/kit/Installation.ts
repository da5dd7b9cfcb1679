import { join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { FakeProvider } from "../../../src/layers/fake/FakeProvider.ts"
import { type Api, apiAt } from "../../control-e2e/kit/api.ts"
import { controlUrlOf } from "../../control-e2e/kit/listening.ts"
import { type Answer, ask } from "../../e2e/kit/ask.ts"
import { configuration, configure, sha256 } from "../../e2e/kit/configuration.ts"
import { serving } from "../../e2e/kit/Program.ts"
import { temporaryDirectory } from "../../e2e/kit/temporaryDirectory.ts"
import { world } from "../../e2e/kit/world.ts"
import { dashboardBuild } from "./dashboardBuild.ts"
import { seed } from "./seed.ts"

/** Admin tokens, by role. */
export const tokens = {
  admin: "sga-canary-of-the-admin",
  editor: "sga-canary-of-the-editor",
  viewer: "sga-canary-of-the-viewer"
}

/** A destination that is switched off, so that no test's traffic goes there. */
export const ARCHIVE = { name: "archive", endpoint: "http://127.0.0.1:9/v1/traces", key: "canary-archive-key" }

const admins = Object.entries(tokens).map(
  ([role, token]) => `{ name: ${role}, role: ${role}, sha256: ${sha256(token)} }`
)

/** `npm start` as a process of its own, with ten thousand traces, beside a fake provider and a fake Middleware. */
export class Installation extends Context.Service<
  Installation,
  {
    /** Where the dashboard is, with a slash at its end. */
    readonly url: string
    readonly api: Api
    /** One chat through the gateway. */
    readonly chat: (content: string) => Effect.Effect<Answer>
  }
>()("spangate/test/dashboard-e2e/Installation") {
  static readonly layer = Layer.effect(
    Installation,
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      yield* dashboardBuild
      const directory = yield* temporaryDirectory
      const { name, endpoint, key } = ARCHIVE
      configure(
        directory,
        configuration({
          provider: provider.origin,
          destinations: [
            `{ name: ${name}, enabled: false, endpoint: "${endpoint}", headers: { Authorization: ${key} } }`
          ],
          more: `admin: { tokens: [${admins.join(", ")}] }`
        })
      )
      yield* seed(join(directory, "data"))
      const program = yield* serving({ directory })
      const control = yield* controlUrlOf(program)
      return Installation.of({
        url: `${control}/`,
        api: apiAt(control, tokens.admin),
        chat: (content) => ask(program.url, { content })
      })
    })
  ).pipe(Layer.provideMerge(world))
}
