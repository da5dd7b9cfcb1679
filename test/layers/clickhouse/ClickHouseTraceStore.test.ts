import { afterAll, beforeAll } from "@effect/vitest"
import * as Layer from "effect/Layer"
import * as ClickHouseTraceStore from "../../../src/layers/clickhouse/ClickHouseTraceStore.ts"
import { ClickHouseEngine } from "../../clickhouse/ClickHouseEngine.ts"
import { traceStoreContract } from "../../contracts/traceStore.ts"

// The first run on a machine fetches the engine.
const FETCHING = 600_000

let engine: ClickHouseEngine
beforeAll(async () => {
  engine = await ClickHouseEngine.start()
}, FETCHING)
afterAll(() => engine.stop())

traceStoreContract("ClickHouseTraceStore", () => Layer.suspend(() => ClickHouseTraceStore.layer({ url: engine.url() })))
