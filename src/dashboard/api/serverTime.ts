/**
 * When an answer was given, by the clock of whoever gave it: browsers' clocks are wrong by hours. Unix milliseconds.
 * The `Date` header says the second; within it, and without one, the browser's own clock counts.
 */
export const serverTime = (headers: Headers, browser: number): number => {
  const second = Date.parse(headers.get("date") ?? "")
  return Number.isNaN(second) ? browser : Math.min(Math.max(browser, second), second + 999)
}
