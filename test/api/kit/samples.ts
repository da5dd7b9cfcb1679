import * as Predicate from "effect/Predicate"

// biome-ignore lint/suspicious/noExplicitAny: a JSON schema is whatever the document says
type Json = any

export interface Operation {
  readonly method: string
  readonly path: string
  readonly parameters: ReadonlyArray<{ readonly name: string; readonly in: string; readonly schema: Json }>
  readonly body: Json | undefined
  readonly statuses: ReadonlySet<number>
}

export const operationsOf = (spec: Json): ReadonlyArray<Operation> =>
  Object.entries<Json>(spec.paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      parameters: operation.parameters,
      body: operation.requestBody?.content?.["application/json"]?.schema,
      statuses: new Set(Object.keys(operation.responses).map(Number))
    }))
  )

/** A value that a JSON schema allows, as far as this says it. */
export const sampleOf = (schema: Json, spec: Json): unknown => {
  if (schema.$ref !== undefined) {
    return sampleOf(spec.components.schemas[schema.$ref.split("/").at(-1)], spec)
  }
  if ("const" in schema) return schema.const
  if (schema.enum !== undefined) return schema.enum[0]
  if (schema.anyOf !== undefined) return sampleOf(schema.anyOf[0], spec)
  switch (schema.type) {
    case "object":
      return Object.fromEntries(
        Object.entries<Json>(schema.properties ?? {}).map(([key, inner]) => [key, sampleOf(inner, spec)])
      )
    case "array":
      return schema.items === undefined ? [] : [sampleOf(schema.items, spec)]
    case "integer":
    case "number":
      return Math.max(schema.minimum ?? 0, 0)
    case "boolean":
      return true
    case "string":
      return typeof schema.pattern === "string" ? "0123456789abcdef0123456789abcdef" : "sample"
    default:
      return { any: "thing" }
  }
}

export const nasty: ReadonlyArray<unknown> = [
  null,
  true,
  -1,
  1.5,
  1e308,
  "",
  "'; DROP TABLE revisions; --",
  '" OR 1=1 --',
  "%_\\%",
  "../../../etc/passwd",
  "a\u0000b",
  "\ud800",
  "💥",
  "x".repeat(20_000),
  [],
  {},
  ["__proto__"],
  { __proto__: null, constructor: 1 },
  { set: true },
  [[[[[[[[[[]]]]]]]]]]
]

/** Every place in a value, as steps from its root. */
const placesOf = (value: unknown, at: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> =>
  Predicate.isObject(value)
    ? [at, ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...at, key]))]
    : [at]

const replaced = (value: unknown, [step, ...rest]: ReadonlyArray<string>, by: (old: unknown) => unknown): unknown => {
  if (step === undefined) return by(value)
  if (Array.isArray(value)) return value.map((inner, i) => (String(i) === step ? replaced(inner, rest, by) : inner))
  if (!Predicate.isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      if (key !== step) return [[key, inner]]
      const next = replaced(inner, rest, by)
      return next === undefined ? [] : [[key, next]]
    })
  )
}

/** The value with one place of it replaced, left out, or with a key too many. */
export const mutated = (value: unknown, place: number, how: number): unknown => {
  const places = placesOf(value, [])
  const at = places[place % places.length] ?? []
  return replaced(value, at, (old) => {
    if (how === 0) return undefined
    if (how === 1) return Predicate.isObject(old) && !Array.isArray(old) ? { ...old, unheardOf: 1 } : [old]
    return nasty[how % nasty.length]
  })
}
