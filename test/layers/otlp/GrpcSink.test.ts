import { openGrpcSink } from "../../../src/layers/otlp/GrpcSink.ts"
import { grpc } from "../../contracts/delivery/Transport.ts"
import { otlpDelivery } from "../../contracts/otlpDelivery.ts"

otlpDelivery("native, grpc", openGrpcSink, grpc)
