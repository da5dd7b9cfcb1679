import * as Effect from "effect/Effect"
import * as PostgresRevisionLog from "../../../src/layers/postgres/PostgresRevisionLog.ts"
import { revisionLogContract } from "../../contracts/revisionLog.ts"
import { sharedPostgres } from "../../postgres/PostgresServer.ts"

const postgres = sharedPostgres()

revisionLogContract(
  "PostgresRevisionLog",
  postgres.pipe(
    Effect.flatMap(({ database }) => database),
    Effect.map((url) => PostgresRevisionLog.layer({ url }))
  )
)
