import * as Config from "effect/Config"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

const text = (name: string, fallback: string) => Config.NonEmptyString(name).pipe(Config.withDefault(fallback))

/** 0 lets the system choose. */
const port = (name: string, fallback: number) => {
  const message = `${name} must be a port, a whole number from 0 to 65535`
  const schema = Schema.String.check(Schema.isPattern(/^\d{1,5}$/, { message })).pipe(
    Schema.decodeTo(
      Schema.Number.check(Schema.isLessThanOrEqualTo(65_535, { message })),
      SchemaTransformation.numberFromString
    )
  )
  return Config.schema(schema, name).pipe(Config.withDefault(fallback))
}

/** What the environment says to the program. Read once, at its start; an empty variable counts as not set. */
export const ProgramConfig = Config.all({
  /** Path of the YAML. */
  config: text("SPANGATE_CONFIG", "./spangate.yaml"),
  /** Directory of the embedded stores. */
  data: text("SPANGATE_DATA", "./.spangate"),
  host: text("SPANGATE_HOST", "127.0.0.1"),
  port: port("SPANGATE_PORT", 8787),
  controlPort: port("SPANGATE_CONTROL_PORT", 8788)
})

export type ProgramConfig = Config.Success<typeof ProgramConfig>
