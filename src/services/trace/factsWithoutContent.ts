import type { RequestFacts, ResponseFacts } from "../provider/Facts.ts"
import { errorType } from "./spans/span.ts"

/** Without the words of the request that are among them: what it wants to be stopped by. */
export const requestFactsWithoutContent = ({ stopSequences: _, ...facts }: RequestFacts): RequestFacts => facts

/** Without the words of an error, which may quote the request; its type stays where it is a code and no sentence. */
export const responseFactsWithoutContent = (facts: ResponseFacts): ResponseFacts =>
  facts.error === undefined ? facts : { ...facts, error: { type: errorType(facts.error.type), message: "" } }
