import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type Document, isDocument, readSection, writeSection } from "./documentEntities.ts"
import { type Section, sections } from "./entities.ts"
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
} from "./GatewayConfig.ts"
import { type EntryOutline, type Outline, outlineEntry } from "./Outline.ts"
import type { Finding } from "./Problem.ts"
import { atOnce, eachInSteps, LOOK, type Steps, WORK } from "./Steps.ts"
import { findingsOf } from "./schemaFindings.ts"

type Kind = Section["kind"]

const options = { errors: "all", onExcessProperty: "error" } as const

const decodeWhole = Schema.decodeUnknownResult(GatewayConfig, options)

const entrySchemas = {
  "provider-account": ProviderAccount,
  "virtual-model": VirtualModel,
  token: AccessToken,
  "jwt-issuer": JwtAccess,
  team: Team,
  subject: Subject,
  "admin-token": AdminToken,
  "admin-issuer": AdminIssuer,
  destination: OtelDestination
}

type Entry<K extends Kind> = (typeof entrySchemas)[K]["Type"]

const decoders: { readonly [K in Kind]: (entry: unknown) => Result.Result<Entry<K>, Schema.SchemaError> } = {
  "provider-account": Schema.decodeUnknownResult(entrySchemas["provider-account"], options),
  "virtual-model": Schema.decodeUnknownResult(entrySchemas["virtual-model"], options),
  token: Schema.decodeUnknownResult(entrySchemas.token, options),
  "jwt-issuer": Schema.decodeUnknownResult(entrySchemas["jwt-issuer"], options),
  team: Schema.decodeUnknownResult(entrySchemas.team, options),
  subject: Schema.decodeUnknownResult(entrySchemas.subject, options),
  "admin-token": Schema.decodeUnknownResult(entrySchemas["admin-token"], options),
  "admin-issuer": Schema.decodeUnknownResult(entrySchemas["admin-issuer"], options),
  destination: Schema.decodeUnknownResult(entrySchemas.destination, options)
}

/** The good entries of documents read before, by the objects that they were read from: they are not decoded again. */
export type KnownEntries = { readonly [K in Kind]: WeakMap<object, Entry<K>> }

export const knowNone = (): KnownEntries => ({
  "provider-account": new WeakMap(),
  "virtual-model": new WeakMap(),
  token: new WeakMap(),
  "jwt-issuer": new WeakMap(),
  team: new WeakMap(),
  subject: new WeakMap(),
  "admin-token": new WeakMap(),
  "admin-issuer": new WeakMap(),
  destination: new WeakMap()
})

export interface DecodedDocument {
  /** The document as the Schema reads it, or everything the Schema has against it, in the Schema's order. */
  readonly config: Result.Result<GatewayConfig, ReadonlyArray<Finding>>
  readonly outline: Outline
}

/**
 * Reads a document entry by entry. An object that stood in a document read with the same `known` is taken as it was
 * read then: whoever gives a document must not change it afterwards.
 */
export function* decodeSteps(document: unknown, known: KnownEntries): Steps<DecodedDocument> {
  const findings: Array<Finding> = []
  const outline: { readonly [K in Kind]: Array<EntryOutline<K> | undefined> } = {
    "provider-account": [],
    "virtual-model": [],
    token: [],
    "jwt-issuer": [],
    team: [],
    subject: [],
    "admin-token": [],
    "admin-issuer": [],
    destination: []
  }

  const decodeSection = function* <K extends Kind>(kind: K): Steps<ReadonlyArray<Entry<K>>> {
    const section = sectionOf(kind)
    const entries = isDocument(document) ? readSection(document, section) : undefined
    if (!Array.isArray(entries)) return []
    const decode = decoders[kind]
    const before = known[kind]
    const good: Array<Entry<K>> = []
    const outlines = outline[kind]
    yield* eachInSteps(entries, (entry: unknown, index) => {
      const isObject = typeof entry === "object" && entry !== null
      let decoded = isObject ? before.get(entry) : undefined
      const cost = decoded === undefined ? WORK : LOOK
      if (decoded === undefined) {
        const result = decode(entry)
        if (Result.isFailure(result)) {
          findings.push(...findingsOf(result.failure.issue, [...section.path, index], entry))
          outlines.push(outlineEntry(kind, entry))
          return cost
        }
        decoded = result.success
        if (isObject) before.set(entry, decoded)
      }
      good.push(decoded)
      // What the Schema has nothing against has the outline's form.
      outlines.push(entry as EntryOutline<K>)
      return cost
    })
    return good
  }

  const rest = decodeWhole(isDocument(document) ? withoutEntries(document) : document)
  if (Result.isFailure(rest)) findings.push(...findingsOf(rest.failure.issue, [], document))
  const providerAccounts = yield* decodeSection("provider-account")
  const virtualModels = yield* decodeSection("virtual-model")
  const tokens = yield* decodeSection("token")
  const jwt = yield* decodeSection("jwt-issuer")
  const teams = yield* decodeSection("team")
  const subjects = yield* decodeSection("subject")
  const admin = { tokens: yield* decodeSection("admin-token"), jwt: yield* decodeSection("admin-issuer") }
  const otel = { destinations: yield* decodeSection("destination") }
  const access = { tokens, jwt, teams, subjects }
  const config =
    Result.isFailure(rest) || findings.length > 0
      ? Result.fail(findings.sort((a, b) => rank(a) - rank(b)))
      : Result.succeed({ ...rest.success, providerAccounts, virtualModels, access, admin, otel })
  return { config, outline }
}

/** The document as the Schema reads it, or everything the Schema has against it. */
export const decodeDocument = (document: unknown): Result.Result<GatewayConfig, ReadonlyArray<Finding>> =>
  atOnce(decodeSteps(document, knowNone())).config

const sectionOf = (kind: Kind): Section => {
  const section = sections.find((section) => section.kind === kind)
  if (section === undefined) throw new Error(`no section holds ${kind}`)
  return section
}

/** All that stands beside the entries, and the sections, empty, that are lists. */
const withoutEntries = (document: Document): Document =>
  sections.reduce(
    (rest, section) => (Array.isArray(readSection(rest, section)) ? writeSection(rest, section, []) : rest),
    document
  )

const places = Object.keys(GatewayConfig.fields)

/** Where the Schema comes to a place: by its own order of keys, after the keys that it does not know. */
const rank = ({ at: [first, second] }: Finding): number => {
  const section = sections.findIndex(({ path }) => path[0] === first && path[1] === second)
  return places.indexOf(String(first)) * (sections.length + 1) + section + 1
}
