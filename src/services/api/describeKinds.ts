import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { EntityKind } from "../config/entities.ts"
import {
  AccessToken,
  AdminIssuer,
  AdminToken,
  GatewayConfig,
  JwtAccess,
  OtelDestination,
  ProviderAccount,
  Subject,
  Team,
  VirtualModel
} from "../config/GatewayConfig.ts"
import { secretPaths } from "../config/secretPaths.ts"

const { capture, limits, resource } = GatewayConfig.fields

const bodies: { readonly [kind in EntityKind]: Schema.Top } = {
  "provider-account": ProviderAccount,
  "virtual-model": VirtualModel,
  token: AccessToken,
  "jwt-issuer": JwtAccess,
  team: Team,
  subject: Subject,
  "admin-token": AdminToken,
  "admin-issuer": AdminIssuer,
  destination: OtelDestination,
  settings: Schema.Struct({ resource, capture, limits })
}

type Json = { [key: string]: unknown }
const isJson = (value: unknown): value is Json => Predicate.isObject(value) && !Array.isArray(value)
const at = (value: unknown, ...path: ReadonlyArray<string>): Json =>
  path.reduce<Json>(
    (inner, step) => {
      const next = inner[step]
      return isJson(next) ? next : {}
    },
    isJson(value) ? value : {}
  )

const PATH = "/api/config/{kind}/{name}"

const MASKED: Json = {
  type: "object",
  description: "A secret as it is shown; written back, it stays what it is, as long as it goes to the same host.",
  properties: { set: { const: true }, lastFour: { type: "string" } },
  required: ["set"],
  additionalProperties: false
}

const maskable = (schema: unknown): Json => ({ anyOf: [schema, { $ref: "#/components/schemas/MaskedSecret" }] })

/** A kind's body as it may be written: where a secret stands, a masked one may. */
const bodyOf = (kind: EntityKind): { readonly schema: Json; readonly definitions: Json } => {
  const { definitions, schema } = Schema.toJsonSchemaDocument(bodies[kind], { onExcessProperty: "error" })
  const body = at(tidy(schema))
  for (const [field, every] of secretPaths[kind]) {
    const properties = at(body, "properties")
    const before = properties[field]
    if (before === undefined) continue
    properties[field] =
      every === undefined ? maskable(before) : { ...at(before), additionalProperties: maskable({ type: "string" }) }
  }
  return { schema: body, definitions: at(tidy(definitions)) }
}

/** JSON has no infinite numbers. */
const tidy = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(tidy)
  if (!isJson(schema)) return schema
  const { anyOf } = schema
  if (Array.isArray(anyOf) && anyOf.some((choice) => isJson(choice) && choice["type"] === "number")) {
    return { type: "number" }
  }
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, tidy(value)]))
}

/** Writes the document's one path for all kinds of entities as a path for each, with what its body may say. */
export const describeKinds = (spec: Json): Json => {
  const { [PATH]: generic, ...paths } = at(spec, "paths")
  if (!isJson(generic)) return spec
  const schemas: Json = { ...at(spec, "components", "schemas"), MaskedSecret: MASKED }
  const perKind: Json = {}
  for (const kind of Object.keys(bodies).filter((kind): kind is EntityKind => kind in bodies)) {
    const { definitions, schema } = bodyOf(kind)
    Object.assign(schemas, definitions, { [kind]: schema })
    perKind[`/api/config/${kind}/{name}`] = forKind(generic, kind)
  }
  return { ...spec, paths: { ...paths, ...perKind }, components: { ...at(spec, "components"), schemas } }
}

const forKind = (generic: Json, kind: EntityKind): Json =>
  Object.fromEntries(
    Object.entries(structuredClone(generic)).map(([method, operation]) => {
      if (!isJson(operation)) return [method, operation]
      const { parameters } = operation
      const body = at(operation, "requestBody", "content", "application/json", "schema", "properties")
      if ("body" in body) body["body"] = { $ref: `#/components/schemas/${kind}` }
      return [
        method,
        {
          ...operation,
          operationId: `${String(operation["operationId"])}.${kind}`,
          parameters: Array.isArray(parameters)
            ? parameters.filter((parameter) => !(isJson(parameter) && parameter["name"] === "kind"))
            : []
        }
      ]
    })
  )
