const LOCALE = "en-GB"

const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 })
// British English writes a million as `m`, which reads as milli beside the units of time.
const short = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 })

/** What is shown where nobody said. */
export const NONE = "–"

/** `12,345` */
export const formatCount = (value: number | undefined): string => (value === undefined ? NONE : whole.format(value))

/** `12.3k`, `4.6M`: for axes and tiles. */
export const formatShort = (value: number | undefined): string =>
  value === undefined ? NONE : short.format(value).replace("K", "k")

/** Of `part` in `whole`: `0.4 %`. */
export const formatShare = (part: number, of: number): string => {
  if (of === 0) return NONE
  const percent = (part / of) * 100
  return `${percent === 0 || percent >= 99.95 ? Math.round(percent) : percent.toFixed(percent < 0.1 ? 2 : 1)} %`
}

/** US dollars, with as many digits as a small price needs: `$0.00042`, `$12.30`. */
export const formatCost = (value: number | undefined): string => {
  if (value === undefined) return NONE
  if (value === 0) return "$0"
  if (value < 0.000_001) return "< $0.000001"
  if (value >= 1000) return `$${short.format(value).replace("K", "k")}`
  return value >= 0.1 ? `$${value.toFixed(2)}` : `$${Number(value.toPrecision(2))}`
}

/** Milliseconds, in the unit that fits: `0.42 ms`, `840 ms`, `2.31 s`, `3 min 5 s`. */
export const formatDuration = (ms: number | undefined): string => {
  if (ms === undefined) return NONE
  if (ms < 0.995) return `${Number(ms.toFixed(ms < 0.1 ? 3 : 2))} ms`
  if (ms < 9.995) return `${ms.toFixed(1)} ms`
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(ms < 9995 ? 2 : 1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`
}

/** Powers of 1024: `4.1 KiB`. */
export const formatBytes = (bytes: number | undefined): string => {
  if (bytes === undefined) return NONE
  if (bytes < 1024) return `${bytes} B`
  const units = ["KiB", "MiB", "GiB", "TiB"]
  let value = bytes / 1024
  let unit = 0
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}
