import { assert, describe, it } from "@effect/vitest"
import { decodeProtobuf } from "../../src/layers/fake/middleware/otlpProtobuf.ts"
import { jsonFormat, protoFormat } from "../../src/layers/otlp/WireFormat.ts"
import { excludeRequestData } from "../../src/services/trace/redact.ts"
import { resource, scope, spansOf } from "../services/trace/exported.ts"
import { assertConformant } from "./assertConformant.ts"
import { decodeJsonRequest } from "./decodeJsonRequest.ts"
import { decodeRequest, requestType } from "./decodeRequest.ts"
import { traffic } from "./trafficArbitrary.ts"

const proto = protoFormat(resource.attributes, scope)
const json = jsonFormat(resource.attributes, scope)

describe("every trace that is generated", () => {
  it.prop("conforms, in protobuf", { of: traffic }, ({ of }) => {
    assertConformant([decodeRequest(proto.encodeRequest([proto.encodeSpans(spansOf(of))]))])
  })

  it.prop("conforms without request data", { of: traffic }, ({ of }) => {
    assertConformant([decodeRequest(proto.encodeRequest([proto.encodeSpans(excludeRequestData(spansOf(of)))]))])
  })

  it.prop("is in JSON what it is in protobuf", { of: traffic }, ({ of }) => {
    const spans = spansOf(of)
    const decoded = decodeRequest(proto.encodeRequest([proto.encodeSpans(spans)]))
    const text = decodeJsonRequest(json.encodeRequest([json.encodeSpans(spans)]))
    assert.deepStrictEqual(requestType.fromObject(text).toJSON(), requestType.fromObject(decoded).toJSON())
    assertConformant([text])
  })

  it.prop("encodes again to what it was, and holds no field that is not in the .proto", { of: traffic }, ({ of }) => {
    const bytes = proto.encodeRequest([proto.encodeSpans(spansOf(of))])
    const again = requestType.encode(requestType.decode(bytes)).finish()
    assert.deepStrictEqual(decodeRequest(again), decodeRequest(bytes))
    assert.deepStrictEqual(decodeProtobuf(bytes).unknownFields, [])
  })
})
