// A stored entry is any JSON to this page: what is not of the kind that is asked for counts as not written.

export type Body = Readonly<Record<string, unknown>>

export const record = (value: unknown): Body => (isBody(value) ? value : {})

export const list = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

export const texts = (value: unknown): ReadonlyArray<string> =>
  list(value).filter((item): item is string => typeof item === "string")

export const text = (value: unknown): string => (typeof value === "string" ? value : "")

/** As a number's input holds it: empty where there is none. */
export const numberText = (value: unknown): string => (typeof value === "number" ? String(value) : "")

/** `{ [key]: number }`, or nothing where nothing is written. What is no number goes as text, for the API to say so. */
export const optionalNumber = (key: string, written: string): Body => {
  const trimmed = written.trim()
  if (trimmed === "") return {}
  const value = Number(trimmed)
  return { [key]: Number.isFinite(value) ? value : trimmed }
}

/** `{ [key]: text }`, or nothing where nothing is written. */
export const optionalText = (key: string, written: string): Body => {
  const trimmed = written.trim()
  return trimmed === "" ? {} : { [key]: trimmed }
}

/** `{ [key]: names }`, or nothing where there are none. */
export const optionalTexts = (key: string, names: ReadonlyArray<string>): Body =>
  names.length === 0 ? {} : { [key]: names }

const isBody = (value: unknown): value is Body => typeof value === "object" && value !== null && !Array.isArray(value)
