import { openNativeSink } from "../../../src/layers/otlp/NativeSink.ts"
import { httpJson } from "../../contracts/delivery/Transport.ts"
import { otlpDelivery } from "../../contracts/otlpDelivery.ts"

otlpDelivery("native, http/json", openNativeSink, httpJson)
