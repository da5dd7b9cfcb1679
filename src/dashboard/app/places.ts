/** Where the reader is: the part of the URL after `#`. */
export interface Place {
  readonly path: string
  readonly query: URLSearchParams
}

export type PlaceQuery = Readonly<Record<string, string | number | undefined>>

export const readPlace = (hash: string): Place => {
  const text = hash.startsWith("#") ? hash.slice(1) : hash
  const mark = text.indexOf("?")
  const path = mark === -1 ? text : text.slice(0, mark)
  return {
    path: path.startsWith("/") ? path : `/${path}`,
    query: new URLSearchParams(mark === -1 ? "" : text.slice(mark + 1))
  }
}

/** A link to a place; what is undefined or empty is left out of the query. */
export const href = (path: string, query: PlaceQuery = {}): string => {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") search.set(key, String(value))
  }
  const text = search.toString()
  return text === "" ? `#${path}` : `#${path}?${text}`
}

/** The token of a link `#login=<token>`. */
export const loginToken = (hash: string): string | undefined => {
  const found = /^#login=(.+)$/.exec(hash)?.[1]
  if (found === undefined) return undefined
  try {
    return decodeURIComponent(found)
  } catch {
    return found
  }
}
