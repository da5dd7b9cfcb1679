import type { VNode } from "preact"
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks"

interface Props {
  readonly count: number
  /** Of each row, in pixels. */
  readonly rowHeight: number
  readonly class: string
  readonly label: string
  /** One row; it has to carry the style that is given, which puts it in its place. */
  readonly row: (index: number, style: { readonly transform: string }) => VNode
  /** What is around the rows: their common parent has to carry the style, which makes room for all. */
  readonly frame: (rows: ReadonlyArray<VNode>, style: { readonly height: string }) => VNode
  /** The reader comes near the last row. */
  readonly onNearEnd?: () => void
  readonly onScroll?: (top: number) => void
  readonly onKeyDown?: (event: KeyboardEvent) => void
  /** How far it is scrolled at first, in pixels. */
  readonly initialTop?: number | undefined
  /** Brought into view when it changes. */
  readonly active?: number | undefined
  /** Of what stands still above the rows, in pixels. */
  readonly headHeight?: number
}

const OVERSCAN = 8
const NEAR_END = 20

/** A list of any length of which only the rows in view are in the document. */
export const VirtualList = (props: Props) => {
  const { count, rowHeight, active, onNearEnd, headHeight = 0 } = props
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ first: 0, rows: 30 })

  const measure = () => {
    const element = box.current
    if (element === null) return
    const first = Math.floor(element.scrollTop / rowHeight)
    const rows = Math.ceil(element.clientHeight / rowHeight) + 1
    setView((before) => (before.first === first && before.rows === rows ? before : { first, rows }))
    props.onScroll?.(element.scrollTop)
  }

  useLayoutEffect(() => {
    if (props.initialTop !== undefined && box.current !== null) box.current.scrollTop = props.initialTop
  }, [])

  useLayoutEffect(() => {
    measure()
    const observer = new ResizeObserver(measure)
    if (box.current !== null) observer.observe(box.current)
    return () => observer.disconnect()
  }, [rowHeight])

  useEffect(() => {
    const element = box.current
    if (active === undefined || element === null) return
    const top = active * rowHeight
    const room = element.clientHeight - headHeight
    if (top < element.scrollTop) element.scrollTop = top
    else if (top + rowHeight > element.scrollTop + room) element.scrollTop = top + rowHeight - room
  }, [active])

  const from = Math.max(0, view.first - OVERSCAN)
  const to = Math.min(count, view.first + view.rows + OVERSCAN)
  useEffect(() => {
    if (count > 0 && to >= count - NEAR_END) onNearEnd?.()
  }, [to, count])

  const rows = Array.from({ length: Math.max(0, to - from) }, (_, offset) =>
    props.row(from + offset, { transform: `translateY(${(from + offset) * rowHeight}px)` })
  )
  return (
    <section
      ref={box}
      class={`virtual ${props.class}`}
      aria-label={props.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
      tabIndex={0}
      onScroll={measure}
      onKeyDown={props.onKeyDown}
    >
      {props.frame(rows, { height: `${count * rowHeight}px` })}
    </section>
  )
}
