import * as Effect from "effect/Effect"
import * as SqliteRevisionLog from "../../../../src/layers/sqlite/config/SqliteRevisionLog.ts"
import { revisionLogContract } from "../../../contracts/revisionLog.ts"
import { temporaryDirectory } from "../temporaryDirectory.ts"

revisionLogContract("SqliteRevisionLog", Effect.map(temporaryDirectory, SqliteRevisionLog.layer))
