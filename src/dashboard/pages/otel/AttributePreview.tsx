import { getAttributes } from "../../api/api.ts"
import type { ExportedAttribute } from "../../api/types.ts"
import { useResource } from "../../api/useResource.ts"
import { Loaded } from "../../components/Loaded.tsx"

interface Props {
  readonly exclude: boolean
  /** Nothing of content is captured in the first place. */
  readonly metadataOnly: boolean
}

/** Exactly which attributes leave, and which stay, with the switch as it is set. */
export const AttributePreview = ({ exclude, metadataOnly }: Props) => {
  const resource = useResource("attributes", getAttributes)
  return (
    <Loaded resource={resource} lines={3}>
      {(attributes) => {
        const content = attributes.filter((attribute) => attribute.content)
        const facts = attributes.filter((attribute) => !attribute.content)
        return (
          <div class="preview">
            <details open={exclude}>
              <summary>
                {exclude
                  ? `${content.length} attributes hold words of requests and answers, and stay here`
                  : `${content.length} attributes hold words of requests and answers, and leave`}
              </summary>
              <Names attributes={content} tone={exclude ? "ok" : "warn"} />
            </details>
            <details>
              <summary>{facts.length} attributes hold facts only, and leave either way</summary>
              <Names attributes={facts} tone="" />
            </details>
            {metadataOnly && (
              <p class="hint">
                The gateway captures metadata only, so there are no such words to leave: see the settings for all
                destinations.
              </p>
            )}
            {exclude && !metadataOnly && (
              <p class="hint">
                An attribute that is new is content until it is declared not to be. The internal store keeps everything:
                this page's traces still show what was said.
              </p>
            )}
          </div>
        )
      }}
    </Loaded>
  )
}

interface NamesProps {
  readonly attributes: ReadonlyArray<ExportedAttribute>
  readonly tone: string
}

const Names = ({ attributes, tone }: NamesProps) => (
  <ul class="names">
    {attributes.map(({ name, on }) => (
      <li key={`${on} ${name}`} class={`chip mono ${tone}`}>
        {name}
        {on === "resource" && <span class="muted">resource</span>}
      </li>
    ))}
  </ul>
)
