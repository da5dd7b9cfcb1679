import "./access.css"
import { useSignal } from "@preact/signals"
import { getConfig } from "../../api/api.ts"
import { useResource } from "../../api/useResource.ts"
import { href } from "../../app/places.ts"
import { navigate, place } from "../../app/router.ts"
import { Loaded } from "../../components/Loaded.tsx"
import { PageHead } from "../../components/PageHead.tsx"
import { Rollout } from "../../components/Rollout.tsx"
import { record, texts } from "../../components/readBody.ts"
import { readCatalog } from "../models/catalog.ts"
import { AccessEditor } from "./AccessEditor.tsx"
import { AccessOverview } from "./AccessOverview.tsx"
import { listTokens } from "./tokens.ts"

const load = async (signal: AbortSignal) => {
  const [config, tokens] = await Promise.all([getConfig(signal), listTokens(signal)])
  return { config, tokens }
}

const kinds = ["team", "subject", "issuer"] as const

/** AI Engineering → Settings → Access. */
export const AccessPage = () => {
  const resource = useResource("access", load)
  const savedAt = useSignal<number | undefined>(undefined)
  const query = place.value.query
  const kind = kinds.find((one) => query.has(one) || query.get("new") === one)
  const changed = (revision: number) => {
    savedAt.value = revision
    resource.reload()
  }
  return (
    <div class="page">
      <PageHead title="Access" crumbs={["AI Engineering", "Settings", "Organisation"]} />
      {savedAt.value !== undefined && kind === undefined && <Rollout revision={savedAt.value} />}
      <Loaded resource={resource} lines={12}>
        {({ config, tokens }) => {
          const catalog = readCatalog(config)
          const routes = [...catalog.virtualNames, ...catalog.models]
          const teams = namedTeams(config.entities)
          if (kind === undefined) {
            return <AccessOverview config={config} tokens={tokens} routes={routes} teams={teams} onChanged={changed} />
          }
          const name = query.get(kind) ?? undefined
          return (
            <>
              <a class="back-link" href={href("/access")}>
                ← Access
              </a>
              <AccessEditor
                key={`${kind} ${name}`}
                kind={kind}
                name={name}
                config={config}
                routes={routes}
                teams={teams}
                reload={resource.reload}
                onDone={(revision) => {
                  changed(revision)
                  navigate("/access")
                }}
              />
            </>
          )
        }}
      </Loaded>
    </div>
  )
}

/** Every team that has an entry or is named by one. */
const namedTeams = (
  entities: ReadonlyArray<{ readonly kind: string; readonly name: string; readonly body: unknown }>
): ReadonlyArray<string> =>
  [
    ...new Set(
      entities.flatMap(({ kind, name, body }) =>
        kind === "team" ? [name] : kind === "token" || kind === "subject" ? texts(record(body)["teams"]) : []
      )
    )
  ].sort()
