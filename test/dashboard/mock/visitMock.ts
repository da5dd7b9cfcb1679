import * as Effect from "effect/Effect"
import { Browser } from "../../dashboard-e2e/kit/Browser.ts"
import { dashboardBuild } from "../../dashboard-e2e/kit/dashboardBuild.ts"
import { type MockOptions, startMock, TOKEN } from "./mockApi.ts"

/** The dashboard before an API that answers from samples, somebody logged in. */
export const visitMock = (options: MockOptions, width?: number) =>
  Effect.gen(function* () {
    yield* dashboardBuild
    const { url } = yield* Effect.acquireRelease(
      Effect.promise(() => startMock(options)),
      ({ close }) => Effect.promise(close)
    )
    const browser = yield* Browser
    return yield* browser.visit({ url: `${url}/`, token: TOKEN, ...(width === undefined ? {} : { width }) })
  })
