import { Ajv2020 } from "ajv/dist/2020.js"
import { at, readJson } from "./fixtures.ts"

/**
 * The GenAI schemas, stricter than published: their generic part would take a `text` without content, so here a part of
 * a known type must fit the definition of that type.
 */
const ajv = new Ajv2020({ strict: false, validateFormats: false })
ajv.addSchema({ $id: "http://json-schema.org/draft-07/schema", type: ["object", "boolean"] })

const GENERIC = "#/$defs/GenericPart"

const strict = (schema: unknown, root: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map((item) => strict(item, root))
  if (typeof schema !== "object" || schema === null) return schema
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value, root)]))
  const options: ReadonlyArray<unknown> = Array.isArray(copy["anyOf"]) ? copy["anyOf"] : []
  if (!options.some((option) => at(option, "$ref") === GENERIC)) return copy
  const known = options.filter((option) => at(option, "$ref") !== GENERIC)
  const types = known.map((option) =>
    at(root, "$defs", String(at(option, "$ref")).replace("#/$defs/", ""), "properties", "type", "const")
  )
  const generic = { allOf: [{ $ref: GENERIC }, { properties: { type: { not: { enum: types } } } }] }
  return { ...copy, anyOf: [...known, generic] }
}

const load = (name: string) => {
  const schema = readJson(`schemas/gen-ai-${name}.json`)
  return ajv.compile(strict(schema, schema) as object)
}

const validators = {
  input: load("input-messages"),
  output: load("output-messages"),
  system: load("system-instructions"),
  tools: load("tool-definitions")
}

/** What is wrong with the value as it would be written; empty when nothing is. */
export const violations = (schema: keyof typeof validators, value: unknown): string => {
  const validate = validators[schema]
  return validate(JSON.parse(JSON.stringify(value))) ? "" : ajv.errorsText(validate.errors)
}
