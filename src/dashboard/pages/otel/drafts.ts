import { signal } from "@preact/signals"
import { type DestinationForm, writeDestination } from "./destinationForm.ts"

/** What is typed and not saved, by destination; survives a look at another page. */
export interface Draft {
  readonly form: DestinationForm
  /** Nothing of it is stored yet. */
  readonly isNew: boolean
  /** The revision that it was begun at. */
  readonly base: number
}

export const drafts = signal<Readonly<Record<string, Draft>>>({})

export const setDraft = (key: string, draft: Draft): void => {
  drafts.value = { ...drafts.value, [key]: draft }
}

export const dropDraft = (key: string): void => {
  const { [key]: _dropped, ...rest } = drafts.value
  drafts.value = rest
}

/** Whether saving would change anything. */
export const differs = (a: DestinationForm, b: DestinationForm): boolean =>
  JSON.stringify(writeDestination(a)) !== JSON.stringify(writeDestination(b))
