import { signal } from "@preact/signals"
import { href, type Place, type PlaceQuery, readPlace } from "./places.ts"

/** The part after `#` needs nothing of the server, so deep links work behind any path prefix. */
export const place = signal<Place>(readPlace(location.hash))

const read = () => {
  place.value = readPlace(location.hash)
}

window.addEventListener("hashchange", read)

export const navigate = (path: string, query: PlaceQuery = {}): void => {
  location.hash = href(path, query)
}

/** Changes the place without a new entry in the history. */
export const replacePlace = (path: string, query: PlaceQuery = {}): void => {
  history.replaceState(history.state, "", href(path, query))
  read()
}

/** Changes the query in place. */
export const replaceQuery = (query: PlaceQuery): void => replacePlace(place.peek().path, query)
