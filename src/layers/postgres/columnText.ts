/**
 * PostgreSQL keeps every text but one with NUL or half a surrogate pair in it, and names and notes may be any text:
 * these are written as escapes, so that what comes back is what was given.
 */
export const toColumn = (text: string): string =>
  text.replace(/[\\\0\uD800-\uDFFF]/gu, (unit) =>
    unit === "\\" ? "\\\\" : `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

export const fromColumn = (text: string): string =>
  text.replace(/\\(?:\\|u([0-9a-f]{4}))/g, (_, unit?: string) =>
    unit === undefined ? "\\" : String.fromCharCode(Number.parseInt(unit, 16))
  )
