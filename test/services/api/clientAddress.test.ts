import { assert, it } from "@effect/vitest"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Option from "effect/Option"
import { clientAddress } from "../../../src/services/api/clientAddress.ts"

const from = (peer: string | undefined, forwarded: string | undefined): string =>
  clientAddress(
    HttpServerRequest.fromWeb(
      new Request("http://localhost/", forwarded === undefined ? {} : { headers: { "x-forwarded-for": forwarded } })
    ).modify({ remoteAddress: Option.fromUndefinedOr(peer) })
  )

it.each([
  ["a caller without a proxy", "203.0.113.9", undefined, "203.0.113.9"],
  ["a caller from afar who says to be somebody else", "203.0.113.9", "198.51.100.1", "203.0.113.9"],
  ["a caller through a proxy on this machine", "127.0.0.1", "198.51.100.1", "198.51.100.1"],
  ["a caller through a proxy in the cluster", "::ffff:10.1.2.3", "198.51.100.1", "198.51.100.1"],
  ["a caller who said something before the proxy did", "172.16.0.1", "10.0.0.1, 2001:db8::1", "2001:db8::1"],
  ["a network that only looks private", "172.32.0.1", "198.51.100.1", "172.32.0.1"],
  ["IPv6 of one's own", "fd00::1", "198.51.100.1", "198.51.100.1"],
  ["a caller through two proxies", "127.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.7", "198.51.100.1"],
  ["a caller inside, through two proxies", "::1", "10.3.0.1, fd00::2", "10.3.0.1"],
  ["a caller whose own words begin before a proxy", "10.0.0.7", "unknown, 192.168.0.4", "192.168.0.4"],
  ["a caller with his port", "10.0.0.7", "198.51.100.1:50123", "198.51.100.1"],
  ["a caller through two proxies that write ports", "10.0.0.7", "198.51.100.1:50123,10.0.0.8:443", "198.51.100.1"],
  ["IPv6 in brackets", "10.0.0.7", "[2001:db8::1]", "2001:db8::1"],
  ["IPv6 with its port", "10.0.0.7", "[2001:db8::1]:50123", "2001:db8::1"],
  ["IPv6 that ends like a port", "10.0.0.7", "2001:db8::1:443", "2001:db8::1:443"],
  ["what is no address", "127.0.0.1", "unknown", "127.0.0.1"],
  ["nothing", "127.0.0.1", "", "127.0.0.1"],
  ["nobody", undefined, "198.51.100.1", "unknown"]
])("of %s", (_, peer, forwarded, expected) => {
  assert.strictEqual(from(peer, forwarded), expected)
})
