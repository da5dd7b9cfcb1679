import * as HttpApi from "effect/http-api/HttpApi"
import * as OpenApi from "effect/http-api/OpenApi"
import { AuditApi } from "./AuditApi.ts"
import { ChartsApi } from "./ChartsApi.ts"
import { ConfigApi } from "./ConfigApi.ts"
import { DestinationsApi } from "./DestinationsApi.ts"
import { describeKinds } from "./describeKinds.ts"
import { PlaygroundApi } from "./PlaygroundApi.ts"
import { Readable } from "./Requests.ts"
import { RevisionsApi } from "./RevisionsApi.ts"
import { SessionApi } from "./SessionApi.ts"
import { StatusApi } from "./StatusApi.ts"
import { TokensApi } from "./TokensApi.ts"
import { TracesApi } from "./TracesApi.ts"

/** The control plane's API, port 8788: definition alone, for the server, the command line and the document. */
export class SpangateApi extends HttpApi.make("spangate")
  .add(SessionApi)
  .add(ConfigApi)
  .add(TokensApi)
  .add(RevisionsApi)
  .add(TracesApi)
  .add(ChartsApi)
  .add(DestinationsApi)
  .add(StatusApi)
  .add(AuditApi)
  .add(PlaygroundApi)
  .middleware(Readable)
  .annotate(HttpApi.ParamsParseOptions, { errors: "all" })
  .annotate(HttpApi.QueryParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotateMerge(
    OpenApi.annotations({
      title: "Spangate control plane",
      version: "1",
      // Seen from where the document is, so that it holds behind any prefix.
      servers: [{ url: ".." }],
      transform: describeKinds
    })
  ) {}
