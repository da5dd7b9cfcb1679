import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { compile } from "../../services/config/compile.ts"
import { byPosition } from "../../services/config/Problem.ts"
import { readDocumentFile, refused, withoutKept } from "./DocumentFile.ts"
import { counted } from "./tables.ts"

/** Where an account of type `fake` would be answered: any program that is started with the file has one. */
const FAKE_ORIGIN = "http://127.0.0.1"

export const check = Command.make(
  "check",
  {
    file: Argument.Path("file").pipe(
      Argument.withDescription("Configuration in YAML (SPANGATE_CONFIG, else ./spangate.yaml)"),
      Argument.withFallbackConfig(Config.NonEmptyString("SPANGATE_CONFIG")),
      Argument.withDefault("./spangate.yaml")
    )
  },
  Effect.fnUntraced(function* ({ file }) {
    const source = yield* readDocumentFile(file)
    const { document, kept } = withoutKept(source.document)
    const compiled = compile(document, {
      revision: "",
      fakeOrigin: FAKE_ORIGIN,
      locate: source.locate,
      findings: source.findings
    })
    const problems = [...source.problems, ...(Result.isFailure(compiled) ? compiled.failure : [])].sort(byPosition)
    if (Result.isFailure(compiled) || problems.length > 0) return yield* refused(problems)
    const { destinations, routes, tokens } = compiled.success
    const parts = [
      counted(routes.size, "model"),
      counted(tokens.size, "token"),
      counted(destinations.length, "destination")
    ]
    const secrets = kept === 0 ? "" : `\n${counted(kept, "secret")} kept as the control plane has them: for apply alone`
    yield* Console.log(`${source.file} is fine: ${parts.join(", ")}${secrets}`)
  })
).pipe(
  Command.withDescription(
    "Check a file without a control plane: every problem with its line and column. Exits with 1 if there is one"
  )
)
