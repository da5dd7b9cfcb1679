import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqliteTraceBus from "../../../src/layers/sqlite/SqliteTraceBus.ts"
import { traceBusContract } from "../../contracts/traceBus.ts"
import { temporaryDirectory } from "./temporaryDirectory.ts"

traceBusContract(
  "SqliteTraceBus",
  (maxBytes) =>
    Layer.unwrap(Effect.map(temporaryDirectory, (directory) => SqliteTraceBus.layer({ directory, maxBytes }))),
  0,
  "gives up"
)
