/** One place at which two values differ. */
export interface Difference {
  /** `headers.Authorization`, `routing.targets[1].weight`; empty for the whole. */
  readonly path: string
  /** As JSON; absent where there is nothing. */
  readonly before: string | undefined
  readonly after: string | undefined
}

/** Where they differ, leaf by leaf, in the order of the keys. Masked secrets that are equal are equal. */
export const differences = (before: unknown, after: unknown, path = ""): ReadonlyArray<Difference> => {
  if (isBranch(before) && isBranch(after) && Array.isArray(before) === Array.isArray(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return keys.flatMap((key) =>
      differences(child(before, key), child(after, key), step(path, key, Array.isArray(before)))
    )
  }
  const was = show(before)
  const is = show(after)
  return was === is ? [] : [{ path, before: was, after: is }]
}

type Branch = Readonly<Record<string, unknown>>

const isBranch = (value: unknown): value is Branch => typeof value === "object" && value !== null

const child = (value: Branch, key: string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined)

const step = (path: string, key: string, inList: boolean): string =>
  inList ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`

const show = (value: unknown): string | undefined => (value === undefined ? undefined : JSON.stringify(value))
