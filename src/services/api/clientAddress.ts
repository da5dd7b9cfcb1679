import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Option from "effect/Option"

const UNKNOWN = "unknown"

/** Where proxies are: loopback, and the networks that nobody on the internet has. */
const NEAR = /^(?:::ffff:)?(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)|^::1$|^f[cd][0-9a-f]{2}:/i

const ADDRESS = /^[\da-f.:]{2,45}$/i

/** As some proxies write it: `1.2.3.4:50123`, `[2001:db8::1]`, `[2001:db8::1]:50123`. */
const WITH_PORT = /^(\d+\.\d+\.\d+\.\d+):\d+$|^\[([^\]]+)\](?::\d+)?$/

/**
 * Who calls: from the peer on back through `X-Forwarded-For`, for as long as the one that wrote an address may be a
 * proxy, since it is near. Else all who come through a proxy would be one, and one who guesses tokens would shut out the
 * others. Whoever is near can say that he is somebody else, and no more than that: a token is as hard to guess for
 * everybody.
 */
export const clientAddress = ({ headers, remoteAddress }: HttpServerRequest.HttpServerRequest): string => {
  const said = headers["x-forwarded-for"]?.split(",").map(withoutPort) ?? []
  let client = Option.getOrElse(remoteAddress, () => UNKNOWN)
  for (const address of said.reverse()) {
    if (!NEAR.test(client) || !ADDRESS.test(address)) break
    client = address
  }
  return client
}

/** A port is another one for each connection. */
const withoutPort = (text: string): string => {
  const address = text.trim()
  const [, ipv4, ipv6] = WITH_PORT.exec(address) ?? []
  return ipv4 ?? ipv6 ?? address
}
