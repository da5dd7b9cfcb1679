import type { ComponentType } from "preact"
import type { Role } from "../api/types.ts"

/** One page: where it stands in the navigation, who may see it, and its code, fetched when it is first opened. */
export interface Page {
  readonly path: string
  readonly title: string
  /** The navigation's headings above it. */
  readonly section: readonly [string, ...Array<string>]
  /** After `g`. */
  readonly key: string
  readonly role: Role
  readonly load: () => Promise<ComponentType>
}

export const pages: ReadonlyArray<Page> = [
  {
    path: "/",
    title: "Overview",
    section: ["Observe"],
    key: "o",
    role: "viewer",
    load: () => import("./overview/OverviewPage.tsx").then((module) => module.OverviewPage)
  },
  {
    path: "/traces",
    title: "Traces",
    section: ["Observe"],
    key: "t",
    role: "viewer",
    load: () => import("./traces/TracesPage.tsx").then((module) => module.TracesPage)
  },
  {
    path: "/models",
    title: "Models",
    section: ["AI Engineering"],
    key: "m",
    role: "viewer",
    load: () => import("./models/ModelsPage.tsx").then((module) => module.ModelsPage)
  },
  {
    path: "/playground",
    title: "Playground",
    section: ["AI Engineering"],
    key: "p",
    role: "editor",
    load: () => import("./playground/PlaygroundPage.tsx").then((module) => module.PlaygroundPage)
  },
  {
    path: "/settings/otel",
    title: "OTEL Config",
    section: ["AI Engineering", "Settings"],
    key: "s",
    role: "viewer",
    load: () => import("./otel/OtelPage.tsx").then((module) => module.OtelPage)
  },
  {
    path: "/access",
    title: "Access",
    section: ["AI Engineering", "Settings"],
    key: "a",
    role: "viewer",
    load: () => import("./access/AccessPage.tsx").then((module) => module.AccessPage)
  },
  {
    path: "/admins",
    title: "Administrators",
    section: ["AI Engineering", "Settings"],
    key: "d",
    role: "admin",
    load: () => import("./admins/AdminsPage.tsx").then((module) => module.AdminsPage)
  },
  {
    path: "/audit",
    title: "Audit",
    section: ["AI Engineering", "Settings"],
    key: "u",
    role: "viewer",
    load: () => import("./audit/AuditPage.tsx").then((module) => module.AuditPage)
  }
]

const tracePage: Page = {
  path: "/traces/",
  title: "Trace",
  section: ["Observe", "Traces"],
  key: "",
  role: "viewer",
  load: () => import("./trace/TracePage.tsx").then((module) => module.TracePage)
}

/** The page at a path; a trace's path is `/traces/<trace id>`. */
export const pageAt = (path: string): Page | undefined =>
  path.startsWith(tracePage.path) ? tracePage : pages.find((page) => page.path === path)
