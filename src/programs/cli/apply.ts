import { basename } from "node:path"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Prompt from "effect/cli/Prompt"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stdio from "effect/Stdio"
import type { Refused } from "../../services/api/problems.ts"
import { compile } from "../../services/config/compile.ts"
import { decodeDocument } from "../../services/config/decodeDocument.ts"
import { byPosition, byStage, type Problem, toProblems } from "../../services/config/Problem.ts"
import { CommandFailed } from "./CommandFailed.ts"
import { controlFlags, withControlPlane } from "./ControlPlane.ts"
import { type DocumentFile, readDocumentFile, refused, withoutKept } from "./DocumentFile.ts"
import { diffSummary, diffText } from "./diffTexts.ts"
import { placed } from "./problemPlaces.ts"

/** What can be told without the control plane: all of it where the file is the whole configuration. */
const problemsOf = (source: DocumentFile, isWhole: boolean): ReadonlyArray<Problem> => {
  const { document } = withoutKept(source.document)
  const { findings, locate } = source
  if (isWhole) {
    const compiled = compile(document, { revision: "", fakeOrigin: "http://127.0.0.1", locate, findings })
    return Result.isFailure(compiled) ? compiled.failure : []
  }
  const decoded = decodeDocument(document)
  return toProblems(byStage(findings, Result.isFailure(decoded) ? decoded.failure : []), locate)
}

/** What the control plane has against the file's entities, with their places in it. */
const placedIn =
  ({ document, locate }: DocumentFile) =>
  (problem: Refused): Effect.Effect<never, CommandFailed> =>
    Effect.fail(refused(problem.errors.map((one) => placed(one, document, locate)).sort(byPosition)))

/** Fails unless somebody says yes. */
const confirmed = Effect.gen(function* () {
  const { stdinIsTerminal } = yield* Stdio.Stdio
  if (!(yield* stdinIsTerminal)) {
    return yield* new CommandFailed({ message: "There is no terminal to ask at: say --yes, or --dry-run", exitCode: 2 })
  }
  if (!(yield* Prompt.run(Prompt.Confirm({ message: "Apply?" })))) {
    return yield* new CommandFailed({ message: "Nothing was changed", exitCode: 1 })
  }
})

export const apply = Command.make(
  "apply",
  {
    file: Flag.Path("file").pipe(Flag.withAlias("f"), Flag.withDescription("Configuration in YAML")),
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withDescription("Only show what would change; exits with 3 if anything would"),
      Flag.withDefault(false)
    ),
    prune: Flag.Boolean("prune").pipe(
      Flag.withDescription("Delete what the file does not name"),
      Flag.withDefault(false)
    ),
    yes: Flag.Boolean("yes").pipe(Flag.withAlias("y"), Flag.withDescription("Do not ask"), Flag.withDefault(false)),
    ...controlFlags
  },
  Effect.fnUntraced(function* ({ dryRun, file, prune, yes, ...controlPlane }) {
    const source = yield* readDocumentFile(file)
    const problems = [...source.problems, ...problemsOf(source, prune)]
    if (problems.length > 0) return yield* refused(problems.sort(byPosition))
    const payload = { document: source.document, prune, note: `apply ${basename(file)}` }
    yield* withControlPlane(
      controlPlane,
      Effect.fnUntraced(function* ({ config }) {
        const planned = yield* config
          .apply({ payload: { ...payload, dryRun: true } })
          .pipe(Effect.catchTag("Refused", placedIn(source)))
        if (planned.diffs.length === 0)
          return yield* Console.log(`Nothing to change: revision ${planned.revision} says the same`)
        yield* Console.log(diffText(planned.diffs))
        if (dryRun) {
          const message = `${diffSummary(planned.diffs)}; nothing was written`
          return yield* new CommandFailed({ message, exitCode: 3 })
        }
        if (!yes) yield* confirmed
        // What was shown is what is done: nobody's change in between is undone unseen.
        const { diffs, revision } = yield* config
          .apply({ payload: { ...payload, base: planned.revision } })
          .pipe(Effect.catchTag("Refused", placedIn(source)))
        yield* Console.log(`${diffSummary(diffs)}, as revision ${revision}`)
      })
    )
  })
).pipe(
  Command.withDescription(
    "Make the control plane's configuration say what a file says, after showing what that changes. Variables are read from this environment; a secret written { set: true } stays what it is"
  ),
  Command.withExamples([
    { command: "spangate apply -f spangate.yaml", description: "Show the changes, ask, and write them" },
    { command: "spangate apply -f spangate.yaml --prune --yes", description: "As a pipeline does that owns all of it" },
    { command: "spangate apply -f spangate.yaml --dry-run", description: "Exits with 3 if anything would change" }
  ])
)
