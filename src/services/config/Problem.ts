/** Steps from the document's root to a value. */
export type Path = ReadonlyArray<string | number>

export interface Position {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
}

/** Finds where a path stands in the source; for one that is not there, where its nearest ancestor does. */
export type Locate = (at: Path) => Position

/** Something wrong, before it is known where in the source it stands. */
export interface Finding {
  readonly at: Path
  readonly reason: string
}

/** Leaves out what a later stage has against a place that an earlier one had something against already. */
export const byStage = (...stages: ReadonlyArray<ReadonlyArray<Finding>>): ReadonlyArray<Finding> => {
  const places = new Set<string>()
  return stages.flatMap((stage) => {
    const kept = stage.filter(({ at }) => !places.has(JSON.stringify(at)))
    for (const { at } of kept) places.add(JSON.stringify(at))
    return kept
  })
}

/** Something wrong with a configuration, for people to mend. Holds no secret: it quotes no value but model and key names. */
export interface Problem {
  /** `virtualModels[0].routing.targets[1].model`; empty for the document as a whole. */
  readonly path: string
  /** What is wrong, and how to mend it. */
  readonly reason: string
  readonly position?: Position
}

/** In the order of the source where that is known, else as found. */
export const toProblems = (findings: ReadonlyArray<Finding>, locate?: Locate): ReadonlyArray<Problem> => {
  const problems = findings.map(
    ({ at, reason }): Problem =>
      locate === undefined ? { path: formatPath(at), reason } : { path: formatPath(at), reason, position: locate(at) }
  )
  return locate === undefined ? problems : problems.sort(byPosition)
}

export const byPosition = (a: Problem, b: Problem): number =>
  (a.position?.line ?? 0) - (b.position?.line ?? 0) || (a.position?.column ?? 0) - (b.position?.column ?? 0)

/** `spangate.yaml:14:9 providerAccounts[0].models[0].pricee: unknown key, did you mean "price"?` */
export const formatProblem = ({ path, position, reason }: Problem): string => {
  const where = position === undefined ? "" : `${position.file}:${position.line}:${position.column} `
  return path === "" ? where + reason : `${where}${path}: ${reason}`
}

/**
 * Ends before a key that may be a secret written where a key belongs, as in `headers: {<secret>}`:
 * any key of `headers`, and any that is too long or too odd to be one of ours.
 */
export const formatPath = (at: Path): string => {
  let path = ""
  for (const step of at) {
    if (typeof step === "number") path += `[${step}]`
    else if (!isQuotableKey(step)) break
    else path += path === "" ? step : `.${step}`
    if (step === "headers") break
  }
  return path
}

export const isQuotableKey = (key: string): boolean => /^[A-Za-z][A-Za-z0-9_.-]{0,27}$/.test(key)
