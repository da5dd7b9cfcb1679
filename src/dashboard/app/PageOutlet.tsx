import { useSignal } from "@preact/signals"
import type { ComponentType } from "preact"
import { useEffect } from "preact/hooks"
import { ErrorState } from "../components/ErrorState.tsx"
import { Loading } from "../components/Loading.tsx"
import { NoPermission } from "../components/NoPermission.tsx"
import { type Page, pageAt } from "../pages/pages.ts"
import { NotFound } from "./NotFound.tsx"
import { place } from "./router.ts"
import { includes, session } from "./session.ts"

/** The page of this place, once its code is there. */
export const PageOutlet = () => {
  const page = pageAt(place.value.path)
  const loaded = useSignal<{ page: Page; component: ComponentType } | undefined>(undefined)
  const failed = useSignal<Page | undefined>(undefined)

  const load = async () => {
    if (page === undefined) return
    failed.value = undefined
    // Its code may arrive when the reader has gone on to another page.
    const isWanted = () => pageAt(place.peek().path) === page
    try {
      const component = await page.load()
      if (isWanted()) loaded.value = { page, component }
    } catch {
      if (isWanted()) failed.value = page
    }
  }

  useEffect(() => {
    document.title = page === undefined ? "Spangate" : `${page.title} · Spangate`
    load()
  }, [page])

  if (page === undefined) return <NotFound />
  if (session.value !== undefined && !includes(session.value.role, page.role))
    return <NoPermission needed={page.role} />
  if (failed.value === page) {
    return (
      <ErrorState
        message="This page's code could not be fetched: a new version may have been installed."
        retry={() => location.reload()}
      />
    )
  }
  const Component = loaded.value?.page === page ? loaded.value.component : undefined
  return Component === undefined ? <Loading /> : <Component />
}
