import type { Session } from "../api/types.ts"
import { session, sessionEnded } from "./session.ts"

/** Whose drafts, chats and shown tokens this tab holds; it outlives a reload, as the playground's token does. */
const KEY = "spangate.actor"

/** Somebody is logged in. What another person left in this tab goes first. */
export const beginSession = (next: Session): void => {
  const before = sessionStorage.getItem(KEY)
  if (before !== null && before !== next.actor) startOver()
  else {
    sessionStorage.setItem(KEY, next.actor)
    session.value = next
    sessionEnded.value = false
  }
}

/** Forgets all that this tab holds, secrets too, and asks anew who is there. */
export const startOver = (): void => {
  sessionStorage.clear()
  location.reload()
}
