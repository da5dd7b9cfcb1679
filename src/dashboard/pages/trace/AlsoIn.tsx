import { formatName } from "../../format/names.ts"
import type { TraceLink } from "./traceLinks.ts"

/** Links to the same trace elsewhere. */
export const AlsoIn = ({ links }: { readonly links: ReadonlyArray<TraceLink> }) => (
  <>
    {links.map(({ destination, url }) => (
      <a key={destination} class="button" href={url} target="_blank" rel="noopener noreferrer">
        Also in {formatName(destination)} <span aria-hidden="true">↗</span>
        <span class="hidden-visually">, in a new tab</span>
      </a>
    ))}
  </>
)
