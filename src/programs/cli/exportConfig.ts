import { writeFile } from "node:fs/promises"
import * as Console from "effect/Console"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { stringify } from "yaml"
import { CommandFailed } from "./CommandFailed.ts"
import { controlFlags, withControlPlane } from "./ControlPlane.ts"

/** `${` is how a file begins a reference: where it stands for itself it is written `$${`. */
const escaped = (value: unknown): unknown => {
  if (typeof value === "string") return value.replaceAll("${", () => "$${")
  if (Array.isArray(value)) return value.map(escaped)
  if (!Predicate.isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, escaped(item)]))
}

/** A document as a file that `apply` reads back to the same configuration. */
export const documentText = (document: unknown, revision: number): string =>
  `# Revision ${revision} of the control plane's configuration.
# A secret shows as { set: true }: \`spangate apply\` leaves it what it is.

${stringify(escaped(document), { lineWidth: 120 })}`

export const exportConfig = Command.make(
  "export",
  {
    output: Flag.Path("output").pipe(
      Flag.withAlias("o"),
      Flag.withDescription("File to write; else it is printed"),
      Flag.optional
    ),
    ...controlFlags
  },
  Effect.fnUntraced(function* ({ output, ...controlPlane }) {
    const { document, revision } = yield* withControlPlane(controlPlane, ({ config }) => config.document())
    const text = documentText(document, revision)
    if (Option.isNone(output)) return yield* Console.log(text.trimEnd())
    const file = output.value
    yield* Effect.tryPromise({
      try: () => writeFile(file, text),
      catch: (cause) => {
        const code = Predicate.hasProperty(cause, "code") ? ` (${String(cause.code)})` : ""
        return new CommandFailed({ message: `${file} cannot be written${code}`, exitCode: 1 })
      }
    })
    yield* Console.error(`Revision ${revision} is in ${file}`)
  })
).pipe(Command.withDescription("Print the control plane's configuration as YAML, without its secrets"))
