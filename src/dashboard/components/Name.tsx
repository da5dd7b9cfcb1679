import "./name.css"
import { nameParts } from "../format/names.ts"

/**
 * A name that others chose: of a team, a subject, a token, a model. No two that differ look alike by what is not seen
 * in them, and none moves what stands around it.
 */
export const Name = ({ children }: { readonly children: string }) =>
  children === "" ? null : (
    <bdi class="name">
      {nameParts(children).map(({ text, isCode }) => (isCode ? <span class="code-point">{text}</span> : text))}
    </bdi>
  )
