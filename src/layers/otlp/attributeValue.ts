import { attributes } from "../../services/trace/attributes.ts"

export type Value = string | number | boolean | object

/** Null, undefined, NaN and infinities say nothing that OTLP has a value for. */
export const hasValue = (value: unknown): value is Value =>
  typeof value === "string" ||
  typeof value === "boolean" ||
  (typeof value === "number" && Number.isFinite(value)) ||
  (typeof value === "object" && value !== null)

export const isInt64 = (value: number): boolean => Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63

/** Whether the attribute table has it as a double, so that a temperature of 1 does not become an int. */
export const isDouble = (name: string): boolean => attributes.get(name)?.type === "double"
