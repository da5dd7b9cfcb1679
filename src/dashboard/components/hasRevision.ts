import type { Member } from "../api/types.ts"

/** Whether a program has this revision of the configuration, or a later one. */
export const hasRevision =
  (revision: number) =>
  (member: Pick<Member, "revision">): boolean =>
    Number(member.revision) >= revision
