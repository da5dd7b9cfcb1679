import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { PublicationOrder } from "./publicationOrder.ts"

const Ordered = Schema.Struct({
  revision: Schema.String,
  order: PublicationOrder,
  /** Of the entities that belong to it (`digestOf`). */
  digest: Schema.String
})

/** What the bucket's `rev` says: the name of a configuration, its place among all, and how to know it whole. */
export type PublishedRevision =
  | typeof Ordered.Type
  /** By a control plane that knew of no order: the name is the hash of the document. */
  | { readonly revision: string; readonly order?: undefined }

const Json = Schema.fromJsonString(Ordered)
const decode = Schema.decodeUnknownOption(Json)

export const encodeRevision = Schema.encodeSync(Json)

export const decodeRevision = (text: string): PublishedRevision =>
  Option.getOrElse(decode(text), () => ({ revision: text }))
