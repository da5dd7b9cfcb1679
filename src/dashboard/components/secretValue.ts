import type { KeptSecret } from "../api/types.ts"

/** What was typed, or what is stored and cannot be shown. */
export type SecretValue = string | KeptSecret

export const isKept = (value: unknown): value is KeptSecret =>
  typeof value === "object" && value !== null && "set" in value && value.set === true
