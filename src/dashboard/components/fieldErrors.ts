export interface FieldErrors {
  /** By the form's field: the first step of the path. */
  readonly fields: Readonly<Record<string, string>>
  /** What belongs to no field of this form. */
  readonly others: ReadonlyArray<string>
}

export const noErrors: FieldErrors = { fields: {}, others: [] }
