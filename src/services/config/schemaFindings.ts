import * as Predicate from "effect/Predicate"
import type * as SchemaAST from "effect/SchemaAST"
import type * as SchemaIssue from "effect/SchemaIssue"
import { didYouMean } from "./didYouMean.ts"
import { type Finding, isQuotableKey, type Path } from "./Problem.ts"

/** What a Schema has against a value that stands there, in words for people. */
export const findingsOf = (issue: SchemaIssue.Issue, at: Path, value: unknown): ReadonlyArray<Finding> => {
  switch (issue._tag) {
    case "Composite":
      return issue.issues.flatMap((inner) => findingsOf(inner, at, value))
    case "Pointer": {
      const steps = issue.path.map((step) => (typeof step === "symbol" ? String(step) : step))
      return findingsOf(issue.issue, [...at, ...steps], steps.reduce(member, value))
    }
    case "Encoding":
      return findingsOf(issue.issue, at, value)
    case "Filter":
      return [{ at, reason: messageOf(issue.filter.annotations) ?? reasonOf(issue.issue, value) }]
    case "UnexpectedKey":
      return [{ at, reason: unknownKey(String(at.at(-1)), issue.ast) }]
    default:
      return [{ at, reason: reasonOf(issue, value) }]
  }
}

const member = (value: unknown, step: string | number): unknown =>
  Predicate.hasProperty(value, step) ? value[step] : undefined

const reasonOf = (issue: SchemaIssue.Issue, value: unknown): string => {
  switch (issue._tag) {
    case "MissingKey":
      return "is missing, add it"
    case "InvalidType":
    case "AnyOf": {
      return messageOf(issue.ast.annotations) ?? wrongType(issue.ast, value)
    }
    case "InvalidValue":
      return messageOf(issue.annotations) ?? "is not valid"
    default:
      return "is not valid"
  }
}

const messageOf = (annotations: { readonly [key: string]: unknown } | undefined): string | undefined =>
  Predicate.isString(annotations?.["message"]) ? annotations["message"] : undefined

const unknownKey = (key: string, ast: SchemaAST.AST): string => {
  const known = ast._tag === "Objects" ? ast.propertySignatures.map(({ name }) => String(name)) : []
  // `{ apiKey:abc }` is one key for YAML, and holds the secret.
  const beforeColon = key.slice(0, Math.max(key.indexOf(":"), 0))
  if (known.includes(beforeColon)) return `unknown key, write a space after "${beforeColon}:"`
  const meant = isQuotableKey(key) ? didYouMean(key, known) : undefined
  return meant === undefined
    ? `unknown key, remove it or use one of ${known.join(", ")}`
    : `unknown key, did you mean "${meant}"?`
}

const wrongType = (ast: SchemaAST.AST, value: unknown): string => {
  const choices = choicesOf(ast)
  if (choices.length === 0 || typeof value !== "string")
    return `expected ${expected(ast)} but this is ${kindOf(value)}${remedy(ast, value)}`
  const meant = didYouMean(value, choices)
  return meant === undefined ? `expected ${expected(ast)}` : `expected ${expected(ast)}, did you mean "${meant}"?`
}

const choicesOf = (ast: SchemaAST.AST): ReadonlyArray<string> =>
  ast._tag === "Union" ? ast.types.flatMap((type) => (type._tag === "Literal" ? [String(type.literal)] : [])) : []

const expected = (ast: SchemaAST.AST): string => {
  switch (ast._tag) {
    case "Objects":
      return "keys with values"
    case "Arrays":
      return "a list"
    case "Boolean":
      return "true or false"
    case "Number":
      return "a number"
    case "Union":
      return `one of ${choicesOf(ast).join(", ")}`
    default:
      return "text"
  }
}

const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return "empty"
  if (Array.isArray(value)) return "a list"
  if (typeof value === "string") return value === "" ? "empty text" : "text"
  if (typeof value === "number") return "a number"
  if (typeof value === "boolean") return "true or false"
  return "keys with values"
}

const remedy = (ast: SchemaAST.AST, value: unknown): string => {
  if (ast._tag === "String" && (typeof value === "number" || typeof value === "boolean")) return ", put it in quotes"
  if (value === null) return ", fill it in or remove the key"
  return ""
}
