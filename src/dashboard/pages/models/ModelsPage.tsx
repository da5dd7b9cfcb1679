import "./models.css"
import { useSignal } from "@preact/signals"
import { getConfig } from "../../api/api.ts"
import type { ShownConfig } from "../../api/types.ts"
import { useResource } from "../../api/useResource.ts"
import { href } from "../../app/places.ts"
import { navigate, place } from "../../app/router.ts"
import { mayEdit } from "../../app/session.ts"
import { Gone } from "../../components/Gone.tsx"
import { Loaded } from "../../components/Loaded.tsx"
import { PageHead } from "../../components/PageHead.tsx"
import { Rollout } from "../../components/Rollout.tsx"
import { AccountEditor } from "./AccountEditor.tsx"
import { accountTypes } from "./accountTypes.ts"
import { MODELS_PATH, readCatalog } from "./catalog.ts"
import { ModelsOverview } from "./ModelsOverview.tsx"
import { VirtualEditor } from "./VirtualEditor.tsx"

/** AI Engineering → Models: provider accounts with their models and prices, and virtual models over them. */
export const ModelsPage = () => {
  const config = useResource("config", getConfig)
  const savedAt = useSignal<number | undefined>(undefined)
  const query = place.value.query
  const editing = ["account", "virtual", "new"].some((key) => query.has(key))
  const done = (revision: number) => {
    savedAt.value = revision
    config.reload()
    navigate(MODELS_PATH)
  }
  return (
    <div class="page">
      <PageHead title="Models" crumbs={["AI Engineering"]}>
        {mayEdit.value && !editing && config.data !== undefined && (
          <>
            {readCatalog(config.data).models.length > 0 && (
              <a class="button" href={href(MODELS_PATH, { new: "virtual" })}>
                Add virtual model
              </a>
            )}
            <a class="button primary" href={href(MODELS_PATH, { new: "account" })}>
              Add account
            </a>
          </>
        )}
      </PageHead>
      {savedAt.value !== undefined && !editing && <Rollout revision={savedAt.value} />}
      <Loaded resource={config} lines={12}>
        {(data) => (
          <>
            {editing && (
              <a class="back-link" href={href(MODELS_PATH)}>
                ← All models
              </a>
            )}
            <Selected config={data} query={query} reload={config.reload} onDone={done} />
          </>
        )}
      </Loaded>
    </div>
  )
}

interface SelectedProps {
  readonly config: ShownConfig
  readonly query: URLSearchParams
  readonly reload: () => void
  readonly onDone: (revision: number) => void
}

/** What the URL names, or all there is. */
const Selected = ({ config, query, reload, onDone }: SelectedProps) => {
  const catalog = readCatalog(config)
  const common = { catalog, revision: config.revision, reload, onDone }
  const account = query.get("account")
  const virtual = query.get("virtual")
  const type = accountTypes.find((one) => one.type === query.get("type"))?.type
  if (query.get("new") === "virtual") return <VirtualEditor key="new" {...common} stored={undefined} />
  if (query.get("new") === "account")
    return <AccountEditor key={`new ${type}`} {...common} stored={undefined} type={type} />
  if (virtual !== null) {
    const stored = catalog.virtuals.find(({ name }) => name === virtual)
    return stored === undefined ? <Gone name={virtual} /> : <VirtualEditor key={virtual} {...common} stored={stored} />
  }
  if (account !== null) {
    const stored = catalog.accounts.find(({ name }) => name === account)
    return stored === undefined ? (
      <Gone name={account} />
    ) : (
      <AccountEditor key={account} {...common} stored={stored} type={undefined} />
    )
  }
  return <ModelsOverview catalog={catalog} />
}
