import type { Vitest } from "@effect/vitest"
import type { FakeMiddleware } from "../../../src/layers/fake/FakeMiddleware.ts"
import type { Browser } from "./Browser.ts"
import type { Installation } from "./Installation.ts"

/** Registers a test that shares browser and installation with the others. */
export type It = Vitest.MethodsNonLive<Browser | Installation | FakeMiddleware>
