import { type ComponentChildren, Fragment, type FunctionComponent, isValidElement, type VNode } from "preact"

/** What components without hooks come to, as HTML: attributes that say nothing are left out. */
export const rendered = (child: ComponentChildren): string => {
  if (Array.isArray(child)) return child.map(rendered).join("")
  if (isValidElement(child)) return element(child)
  return typeof child === "string" || typeof child === "number" ? String(child) : ""
}

const element = ({ type, props }: VNode): string => {
  const { children, ...attributes } = props as { readonly children?: ComponentChildren }
  if (type === Fragment) return rendered(children)
  // None of ours is a class.
  if (typeof type !== "string") return rendered((type as FunctionComponent)(props))
  const written = Object.entries(attributes).filter(([, value]) => typeof value === "string")
  return `<${[type, ...written.map(([name, value]) => `${name}="${value}"`)].join(" ")}>${rendered(children)}</${type}>`
}
