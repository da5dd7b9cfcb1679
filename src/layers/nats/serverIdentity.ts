import { isIP } from "node:net"
import { checkServerIdentity, type PeerCertificate } from "node:tls"

/**
 * Whether a certificate is of the server that was dialled. Where that is an address, the client gives node:tls no name,
 * and node:tls takes `localhost` for it: the certificate must then name one of the addresses that were configured.
 */
export const serverIdentity = (hosts: ReadonlyArray<string>) => {
  const addresses = hosts.map((host) => host.replace(/^\[|\]$/g, "")).filter((host) => isIP(host) !== 0)
  return (name: string, certificate: PeerCertificate): Error | undefined => {
    const isNameless = name === "localhost" && !hosts.includes("localhost") && addresses.length > 0
    const problems = (isNameless ? addresses : [name]).map((host) => checkServerIdentity(host, certificate))
    return problems.some((problem) => problem === undefined) ? undefined : problems[0]
  }
}
