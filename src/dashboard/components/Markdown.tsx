import "./markdown.css"
import { useEffect, useRef } from "preact/hooks"
import { renderMarkdown } from "./renderMarkdown.ts"

/** What a model wrote, laid out. The HTML comes from markdown-it with HTML off, so that no tag of the text's own gets in. */
export const Markdown = ({ text }: { readonly text: string }) => {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (box.current !== null) box.current.innerHTML = renderMarkdown(text)
  }, [text])
  return <div class="markdown" ref={box} />
}
