import { readFile } from "node:fs/promises"
import { dirname, relative } from "node:path"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { inlineCertificates } from "../../layers/yaml/certificates.ts"
import { readYaml } from "../../layers/yaml/readYaml.ts"
import { isDocument, readSection, writeSection } from "../../services/config/documentEntities.ts"
import { sections } from "../../services/config/entities.ts"
import { interpolate } from "../../services/config/interpolate.ts"
import { byStage, type Finding, formatProblem, type Locate, type Problem } from "../../services/config/Problem.ts"
import { mapSecrets } from "../../services/config/secretPaths.ts"
import { CommandFailed } from "./CommandFailed.ts"

/** A configuration file, its variables and its certificates filled in. */
export interface DocumentFile {
  /** As messages call it. */
  readonly file: string
  readonly document: unknown
  /** What could not be filled in. */
  readonly findings: ReadonlyArray<Finding>
  /** What is wrong with it as YAML, and does not keep the rest from being read. */
  readonly problems: ReadonlyArray<Problem>
  readonly locate: Locate
}

/** Fails where the file cannot be read, or is no YAML. `${NAME}` is looked up in this process's environment. */
export const readDocumentFile = Effect.fnUntraced(function* (path: string) {
  // The command line makes paths absolute, which few people write.
  const near = relative("", path)
  const file = near === "" || near.startsWith("..") ? path : near
  const text = yield* Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: (cause) => {
      const code = Predicate.hasProperty(cause, "code") ? ` (${String(cause.code)})` : ""
      return new CommandFailed({ message: `${file} cannot be read${code}`, exitCode: 1 })
    }
  })
  const { document, locate, problems } = readYaml(text, file)
  if (document === undefined) return yield* refused(problems)
  const interpolated = interpolate(document, process.env)
  const inlined = inlineCertificates(interpolated.document, dirname(path))
  return {
    file,
    document: inlined.document,
    findings: byStage(interpolated.findings, inlined.findings),
    problems,
    locate
  } satisfies DocumentFile
})

/** One problem a line. */
export const refused = (problems: ReadonlyArray<Problem>): CommandFailed =>
  new CommandFailed({ message: problems.map(formatProblem).join("\n"), exitCode: 1 })

/** The document with a text in place of each secret that is kept (`{ set: true }`), so that the rest can be checked; and how many there are. */
export const withoutKept = (document: unknown): { readonly document: unknown; readonly kept: number } => {
  if (!isDocument(document)) return { document, kept: 0 }
  let kept = 0
  const filled = (value: unknown): unknown => {
    if (!Predicate.hasProperty(value, "set") || value.set !== true) return value
    kept += 1
    return "kept"
  }
  let whole = document
  for (const section of sections) {
    const entries = readSection(document, section)
    if (!Array.isArray(entries)) continue
    whole = writeSection(
      whole,
      section,
      entries.map((entry) => mapSecrets(section.kind, entry, filled))
    )
  }
  return { document: whole, kept }
}
