import type { ComponentChildren } from "preact"

interface Props {
  readonly tone?: "info" | "ok" | "warn" | "bad"
  readonly children: ComponentChildren
}

/** Read out when it appears: at once when it is bad. */
export const Notice = ({ tone = "info", children }: Props) => (
  <div class={`notice ${tone}`} role={tone === "bad" ? "alert" : "status"}>
    {children}
  </div>
)
