import { isKept } from "./secretValue.ts"

/** What saving a body would say: a secret that it keeps is the one that is stored, `stored` being shown as well. */
export const keptAs = (body: unknown, stored: unknown): unknown => {
  if (isKept(body)) return isKept(stored) ? stored : body
  if (Array.isArray(body)) return body.map((item, index) => keptAs(item, child(stored, String(index))))
  if (typeof body !== "object" || body === null) return body
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, keptAs(value, child(stored, key))]))
}

const child = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined
