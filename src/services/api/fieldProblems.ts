import type { HttpApiSchemaError } from "effect/http-api/HttpApiError"
import * as Predicate from "effect/Predicate"
import type * as SchemaAST from "effect/SchemaAST"
import type * as SchemaIssue from "effect/SchemaIssue"
import { formatPath, isQuotableKey, type Path } from "../config/Problem.ts"
import type { FieldProblem } from "./problems.ts"

const MAX_PROBLEMS = 100

/** Everything that is wrong with a request, field by field. Quotes no value, and no key that may be one. */
export const fieldProblems = ({ cause, kind }: HttpApiSchemaError): ReadonlyArray<FieldProblem> =>
  problemsOf(cause.issue, [kind.toLowerCase()]).slice(0, MAX_PROBLEMS)

const problemsOf = (issue: SchemaIssue.Issue, at: Path): ReadonlyArray<FieldProblem> => {
  switch (issue._tag) {
    case "Composite":
      return issue.issues.flatMap((inner) => problemsOf(inner, at))
    case "Pointer":
      return problemsOf(issue.issue, [
        ...at,
        ...issue.path.map((step) => (typeof step === "number" ? step : String(step)))
      ])
    case "Encoding":
      return problemsOf(issue.issue, at)
    case "Filter":
      return [problem(at, messageOf(issue.filter.annotations) ?? "is not valid")]
    case "UnexpectedKey":
      return [problem(at, unknownKey(at, issue.ast))]
    case "MissingKey":
      return [problem(at, "is missing, add it")]
    case "AnyOf":
      // The members' own problems say more than that none of them fits.
      return issue.issues.length > 0
        ? issue.issues.flatMap((inner) => problemsOf(inner, at)).slice(0, 1)
        : [problem(at, expected(issue.ast))]
    case "InvalidType":
      return [problem(at, messageOf(issue.ast.annotations) ?? expected(issue.ast))]
    case "InvalidValue":
      return [problem(at, messageOf(issue.annotations) ?? "is not valid")]
    default:
      return [problem(at, "is not valid")]
  }
}

const problem = (at: Path, reason: string): FieldProblem => ({ path: formatPath(at), reason })

const messageOf = (annotations: { readonly [key: string]: unknown } | undefined): string | undefined =>
  Predicate.isString(annotations?.["message"]) ? annotations["message"] : undefined

const unknownKey = (at: Path, ast: SchemaAST.AST): string => {
  const known = ast._tag === "Objects" ? ast.propertySignatures.map(({ name }) => String(name)) : []
  const key = isQuotableKey(String(at.at(-1))) ? "is not known" : "has a key that is not known"
  return known.length === 0 ? `${key}, remove it` : `${key}, use one of ${known.join(", ")}`
}

const expected = (ast: SchemaAST.AST): string => {
  switch (ast._tag) {
    case "Objects":
      return "must be an object"
    case "Arrays":
      return "must be a list"
    case "Boolean":
      return "must be true or false"
    case "Number":
      return "must be a number"
    case "String":
      return "must be text"
    case "Union": {
      const choices = ast.types.flatMap((type) => (type._tag === "Literal" ? [String(type.literal)] : []))
      return choices.length === 0 ? "is not valid" : `must be one of ${choices.join(", ")}`
    }
    case "Literal":
      return `must be ${String(ast.literal)}`
    default:
      return "is not valid"
  }
}
