import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Schema from "effect/Schema"
import { InvalidCursor } from "./TraceQuery.ts"

/** The last row of a page: its start, and what orders rows of one start. */
export interface Cursor {
  /** Unix milliseconds. */
  readonly start: number
  /** The store's own. */
  readonly tie: string
}

const decode = Schema.decodeUnknownEffect(
  Schema.fromJsonString(Schema.Tuple([Schema.Finite, Schema.String.check(Schema.isMaxLength(64))]))
)

export const encodeCursor = ({ start, tie }: Cursor): string => Base64Url.encode(JSON.stringify([start, tie]))

/** The cursor that `encodeCursor` made a text of. */
export const decodeCursor = (text: string): Effect.Effect<Cursor, InvalidCursor> =>
  Effect.fromResult(Base64Url.decodeString(text)).pipe(
    Effect.flatMap(decode),
    Effect.map(([start, tie]) => ({ start, tie })),
    Effect.mapError(() => new InvalidCursor())
  )
