/** One line of a panel: what it is, and where it goes. */
export interface Curve {
  readonly label: string
  readonly points: ReadonlyArray<readonly [x: number, y: number]>
}

/** Curves over one y axis that starts at 0. */
export interface Panel {
  /** With its unit. */
  readonly title: string
  readonly curves: ReadonlyArray<Curve>
}

/** A stretch of x that stands out. */
export interface Band {
  readonly from: number
  readonly to: number
  readonly label: string
}

export interface Plot {
  readonly title: string
  readonly xTitle: string
  readonly panels: ReadonlyArray<Panel>
  readonly bands: ReadonlyArray<Band>
}

const WIDTH = 960
const LEFT = 64
const RIGHT = 24
const TOP = 64
const PANEL = 120
const GAP = 44
const BOTTOM = 48
const INNER = WIDTH - LEFT - RIGHT

const INK = "#1f2933"
const FAINT = "#6b7785"
const GRID = "#e4e8ec"
const CURVES = ["#1a6fb4", "#d9622b", "#3d8c5a"]
const BANDS = ["#fbe3df", "#fdf0d5", "#e6e9fb", "#e3f3e8", "#efe6f6"]

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

/** One decimal of a pixel is more than an eye sees. */
const px = (value: number): string => String(Math.round(value * 10) / 10)

const text = (x: number, y: number, words: string, more = ""): string =>
  `<text x="${px(x)}" y="${px(y)}"${more === "" ? "" : ` ${more}`}>${escape(words)}</text>`

/** Round numbers from 0, the last one at or over `most`. */
const ticks = (most: number, wanted: number): ReadonlyArray<number> => {
  const rough = Math.max(most, Number.MIN_VALUE) / wanted
  const magnitude = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5, 10].find((each) => each * magnitude >= rough) ?? 10) * magnitude
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, index) => index * step)
}

const label = (value: number): string => value.toLocaleString("en", { maximumSignificantDigits: 3 })

/** A standalone SVG: panels above each other over one x axis, on white. */
export const plot = ({ bands, panels, title, xTitle }: Plot): string => {
  const lastX = Math.max(
    1e-9,
    ...panels.flatMap(({ curves }) => curves.flatMap(({ points }) => points.map(([x]) => x)))
  )
  const height = TOP + panels.length * (PANEL + GAP) - GAP + BOTTOM
  const toX = (x: number) => LEFT + (Math.min(x, lastX) / lastX) * INNER
  const kinds = [...new Set(bands.map((band) => band.label))]
  const bandColour = (kind: string) => BANDS[kinds.indexOf(kind) % BANDS.length] ?? GRID

  const drawPanel = ({ curves, title }: Panel, index: number): string => {
    const top = TOP + index * (PANEL + GAP)
    const most = Math.max(1e-9, ...curves.flatMap(({ points }) => points.map(([, y]) => y)))
    const marks = ticks(most, 4)
    const scale = marks.at(-1) ?? 1
    const toY = (y: number) => top + PANEL - (y / scale) * PANEL
    const legend = curves.length > 1 ? curves : []
    return [
      ...bands.map(
        ({ from, label, to }) =>
          `<rect x="${px(toX(from))}" y="${top}" width="${px(toX(to) - toX(from))}" height="${PANEL}" fill="${bandColour(label)}"/>`
      ),
      ...marks.flatMap((mark) => [
        `<path d="M${LEFT} ${px(toY(mark))}H${LEFT + INNER}" stroke="${mark === 0 ? FAINT : GRID}"/>`,
        text(LEFT - 8, toY(mark) + 4, label(mark), `text-anchor="end" fill="${FAINT}"`)
      ]),
      text(LEFT, top - 10, title, `font-weight="600"`),
      ...legend.map((curve, at) =>
        text(
          LEFT + INNER - (legend.length - 1 - at) * 130,
          top - 10,
          `— ${curve.label}`,
          `text-anchor="end" fill="${CURVES[at]}"`
        )
      ),
      ...curves.map(
        ({ points }, at) =>
          `<polyline fill="none" stroke="${CURVES[at]}" stroke-width="1.5" stroke-linejoin="round" points="${points.map(([x, y]) => `${px(toX(x))},${px(toY(y))}`).join(" ")}"/>`
      )
    ].join("\n")
  }

  const bottom = height - BOTTOM
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="${INK}" role="img">
<title>What the program used over time</title>
<title>${escape(title)}</title>
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
${text(LEFT, 22, title, `font-size="15" font-weight="600"`)}
${kinds
  .map((kind, at) => {
    const x = LEFT + INNER - (kinds.length - at) * 118
    return `<rect x="${x}" y="12" width="12" height="12" fill="${bandColour(kind)}" stroke="${GRID}"/>${text(x + 18, 22, kind)}`
  })
  .join("\n")}
${panels.map(drawPanel).join("\n")}
${ticks(lastX, 8)
  .filter((mark) => mark <= lastX)
  .map((mark) => text(toX(mark), bottom + 16, label(mark), `text-anchor="middle" fill="${FAINT}"`))
  .join("\n")}
${text(LEFT + INNER / 2, bottom + 36, xTitle, `text-anchor="middle"`)}
</svg>
`
}
