import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { FakeProvider } from "../layers/fake/FakeProvider.ts"
import * as YamlConfigSync from "../layers/yaml/YamlConfigSync.ts"

/** The configuration of a file. Accounts of type `fake` lead to the demo provider, which this brings. */
export const yamlConfig = (file: string) =>
  Layer.unwrap(
    Effect.map(FakeProvider, ({ origin }) => YamlConfigSync.layer({ file, env: process.env, fakeOrigin: origin }))
  ).pipe(Layer.provide(Layer.fresh(FakeProvider.demo)))
