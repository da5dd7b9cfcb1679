import { getConfig } from "../../api/api.ts"
import { useResource } from "../../api/useResource.ts"
import { href } from "../../app/places.ts"
import { place } from "../../app/router.ts"
import { Loaded } from "../../components/Loaded.tsx"
import { PageHead } from "../../components/PageHead.tsx"
import { AdminIssuerEditor } from "./AdminIssuerEditor.tsx"
import { AdminsOverview } from "./AdminsOverview.tsx"
import { adminTokens } from "./adminTokens.ts"
import { madeAt } from "./madeAt.ts"

const load = async (signal: AbortSignal) => {
  const config = await getConfig(signal)
  const revisions = adminTokens(config).map(({ revision }) => revision)
  return { config, dates: await madeAt(revisions, signal) }
}

/** AI Engineering → Settings → Administrators. */
export const AdminsPage = () => {
  const resource = useResource("admins", load)
  const query = place.value.query
  const name = query.get("issuer") ?? undefined
  const editing = name !== undefined || query.get("new") === "issuer"
  return (
    <div class="page">
      <PageHead title="Administrators" crumbs={["AI Engineering", "Settings", "Organisation"]} />
      <Loaded resource={resource} lines={8}>
        {({ config, dates }) =>
          editing ? (
            <>
              <a class="back-link" href={href("/admins")}>
                ← Administrators
              </a>
              <AdminIssuerEditor key={name} name={name} config={config} reload={resource.reload} />
            </>
          ) : (
            <AdminsOverview config={config} dates={dates} onChanged={resource.reload} />
          )
        }
      </Loaded>
    </div>
  )
}
