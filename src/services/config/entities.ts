/**
 * The parts that a configuration document is made of, each with a name of its own: what is stored, published, shown
 * and changed one by one. `settings` is all the rest, once.
 */
export const entityKinds = [
  "provider-account",
  "virtual-model",
  "token",
  "jwt-issuer",
  "team",
  "subject",
  "admin-token",
  "admin-issuer",
  "destination",
  "settings"
] as const

export type EntityKind = (typeof entityKinds)[number]

export interface Section {
  readonly kind: Exclude<EntityKind, "settings">
  /** Where the document lists them. */
  readonly path: readonly [string] | readonly [string, string]
  /** The property that names one. */
  readonly id: string
}

export const sections: ReadonlyArray<Section> = [
  { kind: "provider-account", path: ["providerAccounts"], id: "name" },
  { kind: "virtual-model", path: ["virtualModels"], id: "name" },
  { kind: "token", path: ["access", "tokens"], id: "sha256" },
  { kind: "jwt-issuer", path: ["access", "jwt"], id: "issuer" },
  { kind: "team", path: ["access", "teams"], id: "name" },
  { kind: "subject", path: ["access", "subjects"], id: "subject" },
  { kind: "admin-token", path: ["admin", "tokens"], id: "name" },
  { kind: "admin-issuer", path: ["admin", "jwt"], id: "issuer" },
  { kind: "destination", path: ["otel", "destinations"], id: "name" }
]

/** The name of the one `settings` entity: `{ resource, capture, limits, traces }`. */
export const SETTINGS_NAME = "settings"
