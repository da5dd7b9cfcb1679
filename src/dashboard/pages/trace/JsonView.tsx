import "./json.css"
import { useMemo } from "preact/hooks"
import { VirtualList } from "../../components/VirtualList.tsx"

const WIDEST = 400

/** Any value as JSON, however long: only the lines in view are in the document, and long ones are folded. */
export const JsonView = ({ value }: { readonly value: unknown }) => {
  const lines = useMemo(() => fold(JSON.stringify(value, null, 2)), [value])
  return (
    <VirtualList
      class="json-view"
      label="Raw JSON"
      count={lines.length}
      rowHeight={20}
      frame={(rows, style) => (
        <div class="virtual-space" style={style}>
          {rows}
        </div>
      )}
      row={(index, style) => (
        <div key={index} class="json-line" style={style}>
          {lines[index]}
        </div>
      )}
    />
  )
}

const fold = (text: string): ReadonlyArray<string> =>
  text.split("\n").flatMap((line) => {
    if (line.length <= WIDEST) return [line]
    return Array.from({ length: Math.ceil(line.length / WIDEST) }, (_, index) =>
      line.slice(index * WIDEST, (index + 1) * WIDEST)
    )
  })
