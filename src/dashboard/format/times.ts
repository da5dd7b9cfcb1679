/** The zone that every time is shown in, named beside it: the browser's own. */
export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone

const zoned = (options: Intl.DateTimeFormatOptions) => {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hourCycle: "h23", ...options })
  return (ms: number) => format.format(ms)
}

const day = { year: "numeric", month: "short", day: "numeric" } as const
const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const

/** `24 Nov 2026, 09:51:36 GMT+1` */
export const formatInstant = zoned({ ...day, ...clock, timeZoneName: "short" })

/** `24 Nov, 09:51:36.120`: where the zone stands above a whole column. */
export const formatMoment = zoned({ month: "short", day: "numeric", ...clock, fractionalSecondDigits: 3 })

/** `09:51:36` */
export const formatClock = zoned(clock)

/** `09:51`: on axes of a day at most. */
export const formatHour = zoned({ hour: "2-digit", minute: "2-digit" })

/** `24 Nov` */
export const formatDay = zoned({ month: "short", day: "numeric" })

/** `24 Nov, 09:51` */
export const formatMinute = zoned({ month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" })

/** `02:14` of today, `23 Nov, 02:14` of another day. */
export const formatSince = (at: number, now: number): string =>
  formatDay(at) === formatDay(now) ? formatHour(at) : formatMinute(at)

/** `just now`, `12 s ago`, `3 min ago`, `2 h ago`, `5 d ago`. */
export const formatAgo = (at: number, now: number): string => {
  const seconds = Math.round((now - at) / 1000)
  if (seconds < 2) return "just now"
  if (seconds < 90) return `${seconds} s ago`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h ago`
  return `${Math.round(seconds / 86_400)} d ago`
}
