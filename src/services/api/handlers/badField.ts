import { BadRequest } from "../problems.ts"

/** For what its own Schema cannot say of a field. */
export const badField = (path: string, reason: string): BadRequest =>
  new BadRequest({ detail: `${path}: ${reason}`, errors: [{ path, reason }] })
