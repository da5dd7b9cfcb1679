import { asProblem } from "../api/ApiProblem.ts"
import { request } from "../api/request.ts"
import { Name } from "../components/Name.tsx"
import { formatName } from "../format/names.ts"
import icon from "../icon.svg?url"
import { type Page, pageAt, pages } from "../pages/pages.ts"
import { startOver } from "./beginSession.ts"
import { helpIsOpen } from "./hotkeys.ts"
import { href } from "./places.ts"
import { place } from "./router.ts"
import { includes, session } from "./session.ts"
import { ThemeToggle } from "./ThemeToggle.tsx"
import { toast } from "./toasts.ts"

const logOut = async () => {
  try {
    await request("DELETE", "session")
  } catch (cause) {
    const { status, message } = asProblem(cause)
    // The cookie is of another login by now, in another tab: first see whose.
    if (status === 403) return location.reload()
    // The cookie would still be good.
    if (status !== 401) return toast("bad", `You are still logged in. ${message}`)
  }
  startOver()
}

/** Pages under their headings; those that the role may not see are left out. */
export const Navigation = ({ open }: { readonly open: boolean }) => {
  const who = session.value
  if (who === undefined) return null
  const shown = pages.filter((page) => includes(who.role, page.role))
  const sections = [...new Set(shown.map((page) => page.section[0]))]
  return (
    <nav id="navigation" class={open ? "side open" : "side"} aria-label="Main">
      <div class="side-content">
        <a class="brand" href={href("/")}>
          <img src={icon} alt="" width={26} height={26} />
          Spangate
        </a>
        <div>
          {sections.map((section) => (
            <Section key={section} title={section} pages={shown.filter((page) => page.section[0] === section)} />
          ))}
        </div>
        <div class="side-foot">
          <div class="row nowrap">
            <span class="cut" title={formatName(who.actor)}>
              <Name>{who.actor}</Name>
            </span>
            <span class="chip">{who.role}</span>
          </div>
          <div class="row nowrap">
            <button type="button" class="button" onClick={logOut}>
              Log out
            </button>
            <span class="spacer" />
            <ThemeToggle />
            <button
              type="button"
              class="button quiet icon"
              aria-label="Keyboard shortcuts"
              onClick={() => {
                helpIsOpen.value = true
              }}
            >
              ?
            </button>
          </div>
        </div>
      </div>
    </nav>
  )
}

const Section = ({ title, pages }: { readonly title: string; readonly pages: ReadonlyArray<Page> }) => {
  const direct = pages.filter((page) => page.section.length === 1)
  const groups = [...new Set(pages.flatMap((page) => page.section.slice(1)))]
  return (
    <section class="nav-section">
      <div class="nav-title">{title}</div>
      <ul>
        {direct.map((page) => (
          <Link key={page.path} page={page} inner={false} />
        ))}
      </ul>
      {groups.map((group) => (
        <div key={group}>
          <div class="nav-title inner">{group}</div>
          <ul>
            {pages
              .filter((page) => page.section[1] === group)
              .map((page) => (
                <Link key={page.path} page={page} inner={true} />
              ))}
          </ul>
        </div>
      ))}
    </section>
  )
}

const Link = ({ page, inner }: { readonly page: Page; readonly inner: boolean }) => {
  const here = pageAt(place.value.path)
  const current = here === page || here?.section.at(-1) === page.title
  return (
    <li>
      <a
        class={inner ? "nav-link inner" : "nav-link"}
        href={href(page.path)}
        aria-current={current ? "page" : undefined}
      >
        {page.title}
      </a>
    </li>
  )
}
