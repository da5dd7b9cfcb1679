import { useSignal } from "@preact/signals"
import type { ComponentType } from "preact"
import { useEffect } from "preact/hooks"
import { LongText } from "./LongText.tsx"

const MOST = 20_000

let loaded: ComponentType<{ readonly text: string }> | undefined

/** Markdown once its code is there, plain text before. Very long texts stay plain: laying them out would take seconds. */
export const LazyMarkdown = ({ text }: { readonly text: string }) => {
  const ready = useSignal(loaded !== undefined)
  const lay = text.length <= MOST

  useEffect(() => {
    if (!lay || ready.value) return
    // Without it the text stays as it is.
    import("./Markdown.tsx").then(
      (module) => {
        loaded = module.Markdown
        ready.value = true
      },
      () => undefined
    )
  }, [lay])

  const Component = lay && ready.value ? loaded : undefined
  return Component === undefined ? <LongText text={text} /> : <Component text={text} />
}
