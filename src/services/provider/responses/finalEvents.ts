/** The events that end a stream of the Responses API; each holds the whole answer. What comes after them is no part of it. */
const FINAL: ReadonlySet<string> = new Set(["response.completed", "response.incomplete", "response.failed"])

export const isFinalEvent = (type: string): boolean => FINAL.has(type)
