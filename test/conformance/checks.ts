/** A test that stands for a check: where it is, and its name, or the end of one that begins with a placeholder. */
export interface Evidence {
  readonly file: string
  readonly test: string
}

export interface Check {
  readonly title: string
  /** `assertConformant` has rules under its number, and all traffic of `wire.test.ts` and `generated.test.ts` must keep them. */
  readonly ruled?: true
  readonly evidence: ReadonlyArray<Evidence>
}

const by =
  (file: string) =>
  (...tests: ReadonlyArray<string>): ReadonlyArray<Evidence> =>
    tests.map((test) => ({ file: `test/${file}`, test }))

const wire = by("conformance/wire.test.ts")
const generated = by("conformance/generated.test.ts")
const contract = by("contracts/otlpDelivery.ts")
const http = by("contracts/delivery/httpRows.ts")
const grpc = by("contracts/delivery/grpcRows.ts")
const clock = by("layers/system/SystemTraceClock.test.ts")

/** Conformance checks on what an exporter sends, by number, and the tests that make them. */
export const CHECKS: { readonly [check: number]: Check } = {
  1: {
    title: "decodes by the official .proto, by an independent decoder, without unknown fields",
    evidence: [
      ...wire("1 decodes by the official .proto without unknown fields, and encodes again to the same"),
      ...generated("encodes again to what it was, and holds no field that is not in the .proto")
    ]
  },
  2: {
    title: "content type, content coding, raw key, method, path, extra headers, one connection, no trace context",
    evidence: [
      ...wire("2 has the headers that were configured: type, coding, raw key, one connection, and no trace context"),
      ...contract(
        "the request is as configured, and asks for nothing else",
        "gzip when asked, one connection for all, the same bytes again"
      )
    ]
  },
  3: {
    title: "no empty envelope, no body over the cap",
    ruled: true,
    evidence: [
      ...wire("3 weighs no more than the cap before compression, and nothing is empty"),
      ...by("services/export/Exporter.test.ts")("keeps each batch under the bytes allowed, envelope included")
    ]
  },
  4: {
    title: "OTLP's JSON mapping",
    evidence: [
      ...wire("4 keeps to OTLP's JSON mapping"),
      ...generated("is in JSON what it is in protobuf"),
      ...by("layers/otlp/encodeTracesJson.test.ts")("writes the specification's own example as it stands there")
    ]
  },
  5: {
    title: "ids",
    ruled: true,
    evidence: [
      ...wire("5 every span of a trace has the trace id of its event, and with a caller the caller's"),
      ...by("layers/system/SystemIdGenerator.test.ts")("gives ids of the right shape, none twice, over many pools")
    ]
  },
  6: {
    title: "one root, whose parent is the caller's span, and no parent that is missing",
    ruled: true,
    evidence: [...wire("6 the root's parent is the caller's span")]
  },
  7: {
    title: "tracestate, carried over and within its bound",
    ruled: true,
    evidence: [
      ...by("services/trace/traceContext.test.ts")(
        "tracestate facts",
        "discards the whole list for one bad member, and for the 33rd"
      )
    ]
  },
  8: { title: "flags", ruled: true, evidence: [] },
  9: {
    title: "times",
    ruled: true,
    evidence: [
      ...clock("keeps its base while the wall clock ticks", "follows a step of %d ms at the next look"),
      ...by("layers/otlp/encodeTraces.test.ts")("writes times to the nanosecond beyond what a double holds")
    ]
  },
  10: { title: "sequence of the stages", ruled: true, evidence: [] },
  11: { title: "kinds", ruled: true, evidence: [] },
  12: {
    title: "names",
    ruled: true,
    evidence: [...by("services/trace/expand.test.ts")("is named by a known method and the route, never by the path")]
  },
  13: { title: "statuses", ruled: true, evidence: [] },
  14: {
    title: "attribute keys and types",
    ruled: true,
    evidence: [...wire("14 whole numbers stay doubles where the conventions have doubles")]
  },
  15: {
    title: "no empty value, no number that is none",
    ruled: true,
    evidence: [...by("layers/otlp/encodeTraces.test.ts")("leaves out what has no value")]
  },
  16: {
    title: "absent is not zero",
    evidence: [
      ...wire("16 what a provider does not say of its tokens is absent, and nothing is not absent"),
      ...by("services/trace/expand.test.ts")("of an answer cut short end in error, and never in zero tokens")
    ]
  },
  17: { title: "what each span must say, parts within their wholes, seconds", ruled: true, evidence: [] },
  18: {
    title: "counts within their bounds, and what is cut stays whole and is noted",
    ruled: true,
    evidence: [
      ...wire("18 content is cut inside its strings, stays JSON and UTF-8, and its size is noted"),
      ...by("services/export/oversize.test.ts")(
        "whatever its size and the limit: every piece fits, every span is there or accounted for, all JSON stays whole"
      )
    ]
  },
  19: {
    title: "all text is UTF-8",
    evidence: [
      ...wire("19 text of every kind arrives as UTF-8, and whole"),
      ...generated("conforms, in protobuf"),
      ...by("layers/otlp/encodeTraces.test.ts")("writes half characters as U+FFFD, in short and long text alike"),
      ...by("layers/otlp/encodeTracesJson.test.ts")(
        "writes half characters as U+FFFD and not as escapes, in keys and values, short and long"
      )
    ]
  },
  20: {
    title: "content by the GenAI schemas",
    ruled: true,
    evidence: [
      ...wire("20 two hundred tool calls and sixteen choices are all there, in their order"),
      ...by("services/trace/expand.test.ts")("are valid by the GenAI schemas for tools, files, thinking and every API")
    ]
  },
  21: {
    title: "resource and scope",
    ruled: true,
    evidence: [
      ...by("layers/system/detectResource.test.ts")(
        "gives each process an instance id of its own, and the package's version"
      )
    ]
  },
  22: {
    title: "no secret anywhere in the bytes",
    evidence: [
      ...by("canaries/canaries.test.ts")(
        "words in every place of a request leave by the modes that let them, and by no other way"
      ),
      ...by("e2e/traces.test.ts")(
        "what the official clients do becomes traces as the contract has them, without a secret"
      ),
      ...contract("a server that quotes the key does not get it into our words")
    ]
  },
  23: {
    title: "Exclude Request Data leaves no word of a request, and every figure",
    evidence: [
      ...by("canaries/canaries.test.ts")(
        "words in every place of a request leave by the modes that let them, and by no other way",
        "with capture: metadata no word of a request leaves the process or touches the disk"
      ),
      ...by("services/trace/redact.test.ts")(
        "lets no word of the request, the answer or an error body through",
        "keeps tokens, cost, times, models, subject and the client's metadata"
      ),
      ...generated("conforms without request data"),
      ...by("layers/sqlite/deadLetterCanary.test.ts")(
        "request data that a destination must not see does not lie in its dead letters"
      )
    ]
  },
  24: {
    title: "turning it on holds for what is queued",
    evidence: by("services/export/policyChange.test.ts")(
      "when they change, hold for what is queued already",
      "when they change, hold for what is to be sent again"
    )
  },
  25: {
    title: "the table of answers, row by row",
    evidence: [
      ...http(
        "a whole success",
        "partial success",
        "an undecodable body",
        "an answer over 4 MiB",
        "a reset before the head",
        "no answer",
        "a success that drips",
        "for 0 s",
        "until the past",
        "for garbage",
        "for an hour"
      ),
      ...grpc("of an hour", "a compressed partial success", "a batch that is too large"),
      ...by("contracts/delivery/Transport.ts")(
        "a reset in the body of a 200",
        "interim answers before the answer",
        "a stream refused"
      ),
      ...by("layers/otlp/NativeSink.test.ts")(
        "takes an unasked 100 Continue for a broken answer: nothing gets through, and nothing is lost"
      ),
      ...contract("a redirect to another server never brings it the key, nor the spans"),
      ...by("services/export/deliveryRules.test.ts")(
        "every status is accepted, retried or dropped, and only four are retried"
      )
    ]
  },
  26: {
    title: "backoff with jitter, that grows, is capped, and never runs hot",
    evidence: [
      ...by("services/export/retrySender.test.ts")(
        "starts at a second, grows by half, stops at thirty",
        "stays within a fifth of its mean",
        "waits longer each time, with jitter, and goes on for as long as it takes"
      ),
      ...by("faults/Account.test.ts")("refuses the same bytes at once, and anything before its time"),
      ...by("faults/random.test.ts")(": every span is accounted for")
    ]
  },
  27: {
    title: "kill -9 at any point; a corrupt record is skipped and counted",
    evidence: [
      ...by("e2e/kill.test.ts")(
        "kill -9 under load, twice: every answer that was whole a second before has its trace after the restart"
      ),
      ...by("layers/sqlite/spoolKill.test.ts")(
        "kill -9 while publishing and acknowledging loses nothing that was confirmed, and the ledgers balance"
      ),
      ...by("layers/sqlite/spoolCorruption.test.ts")(
        "CorruptedData: a damaged frame is skipped and counted",
        "a byte that changed in the write-ahead log costs the frame it is in, and none of those after it"
      ),
      ...by("faults/matrix.test.ts")(": every span is accounted for"),
      ...by("faults/real/processes.test.ts")(": every span is accounted for, and no request failed")
    ]
  },
  28: {
    title: "an outage under load: bounds hold, requests do not notice, the ledger is exact",
    evidence: [
      ...by("e2e/outage.test.ts")(
        "for some seconds under load: nobody notices, and everything is delivered after its return",
        "for a minute under 500 requests a second (only with E2E_LONG=1: it takes two minutes and wants an idle machine)"
      ),
      ...by("services/export/ledger.test.ts")(
        "balances at every moment, and in the end nothing is missing, whatever is answered and whenever it is killed"
      )
    ]
  },
  29: {
    title: "a destination that is down does not slow another",
    evidence: [
      ...by("services/export/fanOut.test.ts")(
        "the tenth gets its traces as fast as alone, memory stays bounded, and every ledger balances"
      ),
      ...by("services/export/Exporter.test.ts")("a destination that hangs, and one that says 503, delay nobody else")
    ]
  },
  30: {
    title: "a shutdown flushes within its deadline and says what is left",
    evidence: [
      ...by("services/export/Exporter.test.ts")("ends by its deadline when a destination hangs, and says what is left"),
      ...by("e2e/shutdown.test.ts")(
        "leaves in the spool what the destination did not take, and the next start delivers it"
      )
    ]
  },
  31: {
    title: "concurrency within its limit, and no batch lost to it",
    evidence: [
      ...by("services/export/Exporter.test.ts")("Retry-After pauses the whole destination, not one batch"),
      ...by("services/export/replay.test.ts")("asked to wait holds live traffic as well"),
      ...by("services/trace/publisher.test.ts")("as many frames as allowed are with the bus at the same time")
    ]
  },
  32: {
    title: "a second decoder counts the same",
    evidence: [
      ...wire("32 is the same spans over every transport, to decoders of two makes"),
      ...by("layers/otlp/encodeTraces.test.ts")(
        "says what the OpenTelemetry serializer says, but for the differences we want"
      )
    ]
  },
  33: {
    title: "the service map has the edges and figures that were worked out by hand",
    evidence: by("layers/fake/middleware/serviceMap.test.ts")(
      "equals the one worked out by hand",
      "calls the caller of a root server span a user, and draws no edge for a caller it does not hold"
    )
  }
}
