import { computed, signal } from "@preact/signals"
import type { Role, Session } from "../api/types.ts"

/** Who is logged in; nobody, before the first answer and after a 401. */
export const session = signal<Session | undefined>(undefined)

/** Somebody was logged in, and is not any more, without having asked for it. */
export const sessionEnded = signal(false)

/** The control plane does not know the session any more. */
export const endSession = (): void => {
  sessionEnded.value = session.peek() !== undefined || sessionEnded.peek()
  session.value = undefined
}

const ranks: Readonly<Record<Role, number>> = { viewer: 0, editor: 1, admin: 2 }

/** Whether a role may do what another one is needed for. */
export const includes = (role: Role, needed: Role): boolean => ranks[role] >= ranks[needed]

/** May change the configuration, send tests and use the playground. */
export const mayEdit = computed(() => session.value !== undefined && includes(session.value.role, "editor"))

/** May see the audit log and change who administers. */
export const mayAdminister = computed(() => session.value !== undefined && includes(session.value.role, "admin"))
