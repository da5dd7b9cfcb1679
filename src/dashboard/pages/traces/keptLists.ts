import { effect } from "@preact/signals"
import { href } from "../../app/places.ts"
import { place } from "../../app/router.ts"
import type { Feed } from "./feed.ts"
import type { Filters } from "./filters.ts"

/** A list as it was left for one of its traces. */
export interface KeptList {
  readonly filters: Filters
  readonly feed: Feed
  /** How far it was scrolled, in pixels. */
  readonly top: number
  /** The row that was opened. */
  readonly marked: string
}

/** A trace leads to lists of traces like it: back through so many of them each is as it was. */
const MOST = 4

/** The newest first. */
let kept: ReadonlyArray<KeptList> = []

// Kept while traces are looked at: whoever goes elsewhere begins anew at the top.
effect(() => {
  if (!place.value.path.startsWith("/traces")) kept = []
})

const isFor = (filters: Filters) => {
  const key = JSON.stringify(filters)
  return (list: KeptList): boolean => JSON.stringify(list.filters) === key
}

export const keepList = (list: KeptList): void => {
  const same = isFor(list.filters)
  kept = [list, ...kept.filter((other) => !same(other))].slice(0, MOST)
}

/** The list to go on with, where the very same one is asked for. */
export const listFor = (filters: Filters): KeptList | undefined => kept.find(isFor(filters))

/** A link to the list that a trace was opened from, else to all. */
export const listHref = (): string => href("/traces", kept[0]?.filters)
