import type { Role as RoleSchema } from "../../services/api/Actor.ts"
import type { Entity } from "../../services/api/ConfigApi.ts"
import type { LeavingAttribute, TestResult } from "../../services/api/DestinationsApi.ts"
import type { FieldProblem as FieldProblemSchema } from "../../services/api/problems.ts"
import type { Session as SessionSchema } from "../../services/api/SessionApi.ts"
import type {
  DestinationStatus as DestinationStatusSchema,
  Member as MemberSchema,
  Status as StatusSchema
} from "../../services/api/StatusApi.ts"
import type { ChangeResult as ChangeResultSchema, EntityDiff as EntityDiffSchema } from "../../services/api/schemas.ts"
import type { StoredTrace } from "../../services/store/TraceSummary.ts"

// What the control plane's API answers, as its own definition says. Types only: none of it is in the bundle.

export type Role = typeof RoleSchema.Type
export type Session = typeof SessionSchema.Type
export type ShownEntity = typeof Entity.Type
export type ChangeResult = typeof ChangeResultSchema.Type
export type EntityDiff = typeof EntityDiffSchema.Type
export type Status = typeof StatusSchema.Type
export type Member = typeof MemberSchema.Type
export type DestinationStatus = typeof DestinationStatusSchema.Type
export type TestAnswer = typeof TestResult.Type
export type ExportedAttribute = typeof LeavingAttribute.Type
export type FieldProblem = typeof FieldProblemSchema.Type

/** Of a trace too large for one answer, requests without their long attributes. */
export interface ShownTrace extends StoredTrace {
  readonly shortened?: true
}

export interface ShownConfig {
  readonly revision: number
  readonly entities: ReadonlyArray<ShownEntity>
}

/** What is shown in a secret's place, and what is sent to keep it. */
export interface KeptSecret {
  readonly set: true
  readonly lastFour?: string
}
