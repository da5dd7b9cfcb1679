import {
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit
} from "yaml"
import type { Locate, Path, Position, Problem } from "../../services/config/Problem.ts"

export interface YamlSource {
  /** Plain data; undefined when the text is no YAML, or nothing. */
  readonly document: unknown
  readonly problems: ReadonlyArray<Problem>
  readonly locate: Locate
}

/** Never throws. What is wrong with the syntax is told without quoting the text, which may hold secrets. */
export const readYaml = (text: string, file: string): YamlSource => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, logLevel: "error" })
  const position = (offset: number): Position => {
    const { col, line } = lines.linePos(offset)
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const problem = ({ code, pos }: Fault): Problem => ({
    path: "",
    reason: text.startsWith("${", pos[0] - 1) ? unquotedReference : (reasons[code] ?? "is not valid YAML here"),
    position: position(pos[0])
  })
  const source = { document: undefined, problems: [], locate: (at: Path) => position(offsetOf(document, at)) }

  const faults: ReadonlyArray<Fault> = [...document.errors, ...document.warnings]
  const fatal = earliest(faults.filter(({ code }) => !harmless.has(code))) ?? earliest(aliasFaults(document))
  // One slip makes the parser stumble more than once, and after the first it is guessing.
  if (fatal !== undefined) return { ...source, problems: [problem(fatal)] }
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null))
    return { ...source, problems: [{ path: "", reason: "is empty", position: position(0) }] }
  try {
    return { ...source, document: document.toJS(), problems: faults.map(problem) }
  } catch {
    return { ...source, problems: [problem({ code: "ALIAS_COUNT", pos: [0, 0] })] }
  }
}

/** Faults that leave the rest readable, so that its problems can be told too. */
const harmless: ReadonlySet<Code> = new Set<Code>(["DUPLICATE_KEY", "TAG_RESOLVE_FAILED"])

type Code = ErrorCode | "SELF_REFERENCE" | "ALIAS_COUNT"

interface Fault {
  readonly code: Code
  readonly pos: readonly [number, number]
}

const earliest = (faults: ReadonlyArray<Fault>): Fault | undefined =>
  faults.reduce<Fault | undefined>((a, b) => (a === undefined || b.pos[0] < a.pos[0] ? b : a), undefined)

// The slip that this file format invites most.
const unquotedReference = `has a \${NAME} between { } or [ ], put it in quotes there: "\${NAME}"`

const reasons: { readonly [code in Code]?: string } = {
  ALIAS_COUNT: "uses aliases (*name) too often, write the values out",
  BAD_ALIAS: "uses an alias (*name) without an anchor (&name) before it",
  BAD_DQ_ESCAPE: "has an unknown escape in double quotes, write \\\\ for a backslash or use single quotes",
  BAD_INDENT: "is indented wrongly, align it with its neighbours",
  BAD_SCALAR_START: "begins with a character that YAML reserves, put the value in quotes",
  BLOCK_AS_IMPLICIT_KEY: 'has two ":" in one line, put a value that contains ": " in quotes',
  DUPLICATE_KEY: "has a key that stands here twice, remove one",
  MISSING_CHAR: 'lacks a character: a space after ":", a comma, or a closing quote or bracket',
  MULTIPLE_DOCS: 'holds a second document, remove the line "---"',
  MULTILINE_IMPLICIT_KEY: 'has a key without ":" after it',
  NON_STRING_KEY: "has a key that is not text",
  RESOURCE_EXHAUSTION: "is nested too deeply",
  SELF_REFERENCE: "has an alias (*name) inside its own anchor (&name)",
  TAB_AS_INDENT: "is indented with a tab, use spaces",
  TAG_RESOLVE_FAILED: "has a tag (!name) that is not known here, remove it"
}

/** Aliases that stand for nothing, or would make the data contain itself. */
const aliasFaults = (document: Document): ReadonlyArray<Fault> => {
  const faults: Array<Fault> = []
  visit(document, {
    Alias: (_, alias, ancestors) => {
      const target = alias.resolve(document)
      const start = alias.range?.[0] ?? 0
      if (target === undefined) faults.push({ code: "BAD_ALIAS", pos: [start, start] })
      else if (ancestors.includes(target)) faults.push({ code: "SELF_REFERENCE", pos: [start, start] })
    }
  })
  return faults
}

/** Of the last step's key or item; where a step leads nowhere, of the step before. */
const offsetOf = (document: Document, at: Path): number => {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const step of at) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step)
      if (pair === undefined) break
      offset = startOf(pair.key) ?? offset
      node = pair.value
    } else if (isSeq(node) && typeof step === "number" && step in node.items) {
      node = node.items[step]
      offset = startOf(node) ?? offset
    } else break
  }
  return offset
}

const startOf = (node: unknown): number | undefined => (node as Node | null)?.range?.[0]
