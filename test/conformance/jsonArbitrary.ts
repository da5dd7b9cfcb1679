import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { text } from "../layers/otlp/spanArbitrary.ts"
import { oneOf } from "../services/trace/eventArbitrary.ts"

export const int = (minimum: number, maximum: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

export const maybe = <A>(value: Arbitrary.Arbitrary<A>): Arbitrary.Arbitrary<A | undefined> =>
  Arbitrary.flatMap(
    oneOf([true, false]),
    (there): Arbitrary.Arbitrary<A | undefined> => (there ? value : Arbitrary.Constant(undefined))
  )

/** Whole numbers too, which must stay doubles. */
export const knob = oneOf([undefined, 0, 1, 2, 0.5, -1.25])

/** JSON of any shape, so many levels deep. */
export const json = (depth: number): Arbitrary.Arbitrary<unknown> =>
  Arbitrary.flatMap(oneOf(["text", "number", "nothing", "list", "object"]), (kind): Arbitrary.Arbitrary<unknown> => {
    if (kind === "list" && depth > 0) return Arbitrary.array(json(depth - 1), { maxLength: 3 })
    if (kind === "object" && depth > 0) {
      const member = Arbitrary.all([text, json(depth - 1)])
      return Arbitrary.map(Arbitrary.array(member, { maxLength: 3 }), Object.fromEntries)
    }
    if (kind === "number") return oneOf([0, 1, -1, 0.1, 1e300, 2 ** 53])
    return kind === "nothing" ? oneOf([null, true, false]) : text
  })
