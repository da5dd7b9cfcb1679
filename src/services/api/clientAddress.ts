import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Option from "effect/Option"

const UNKNOWN = "unknown"

/** Where proxies are: loopback, and the networks that nobody on the internet has. */
const NEAR = /^(?:::ffff:)?(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)|^::1$|^f[cd][0-9a-f]{2}:/i

const ADDRESS = /^[\da-f.:]{2,45}$/i

/**
 * Who calls: the last address that `X-Forwarded-For` names, where the peer may be the proxy that wrote it, else the
 * peer. Else all who come through a proxy would be one, and one who guesses tokens would shut out the others. Whoever
 * is near can say that he is somebody else, and no more than that: a token is as hard to guess for everybody.
 */
export const clientAddress = ({ headers, remoteAddress }: HttpServerRequest.HttpServerRequest): string => {
  const peer = Option.getOrElse(remoteAddress, () => UNKNOWN)
  const said = headers["x-forwarded-for"]?.split(",").at(-1)?.trim() ?? ""
  return NEAR.test(peer) && ADDRESS.test(said) ? said : peer
}
