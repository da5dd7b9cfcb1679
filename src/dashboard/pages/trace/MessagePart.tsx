import { LazyMarkdown } from "../../components/LazyMarkdown.tsx"
import { LongText } from "../../components/LongText.tsx"
import { Name } from "../../components/Name.tsx"
import { formatBytes } from "../../format/numbers.ts"
import { type Part, textOf } from "./conversation.ts"

const pretty = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value, null, 2))

const word = (part: Part, key: string): string => (typeof part[key] === "string" ? part[key] : "")

export const MessagePart = ({ part }: { readonly part: Part }) => {
  switch (part.type) {
    case "text":
      return <LazyMarkdown text={textOf(part)} />
    case "reasoning":
      return (
        <details class="fold">
          <summary>Reasoning</summary>
          <LongText text={textOf(part)} />
        </details>
      )
    case "refusal":
      return (
        <div>
          <span class="chip warn">refusal</span>
          <LongText text={textOf(part)} />
        </div>
      )
    case "tool_call":
    case "server_tool_call":
      return (
        <details class="fold" open>
          <summary>
            Calls{" "}
            <code>
              <Name>{word(part, "name") || "a tool"}</Name>
            </code>
          </summary>
          <LongText text={pretty(part["arguments"] ?? part["server_tool_call"] ?? null)} />
        </details>
      )
    case "tool_call_response":
    case "server_tool_call_response":
      return (
        <details class="fold" open>
          <summary>Tool result {word(part, "id") !== "" && <code>{word(part, "id")}</code>}</summary>
          <LongText text={pretty(part["response"] ?? part["server_tool_call_response"] ?? null)} />
        </details>
      )
    case "blob":
    case "uri":
    case "file":
      return <Medium part={part} />
    default:
      return (
        <details class="fold">
          <summary>{part.type}</summary>
          <LongText text={pretty(part)} />
        </details>
      )
  }
}

/** Media are named and never shown: they may be large, and fetching one would tell its host who reads. */
const Medium = ({ part }: { readonly part: Part }) => {
  const where = word(part, "uri") || word(part, "file_id")
  // Base64 is a third longer than what it stands for.
  const size = part.type === "blob" ? formatBytes(Math.floor((textOf(part).length * 3) / 4)) : undefined
  return (
    <div class="medium">
      <span aria-hidden="true">▧</span>
      <span>{[word(part, "modality") || "file", word(part, "mime_type"), size].filter(Boolean).join(" · ")}</span>
      {where !== "" && <span class="muted cut">{where.slice(0, 300)}</span>}
    </div>
  )
}
