import type { RequestHead } from "./beginRecord.ts"

export interface Peer {
  readonly address: string | undefined
  readonly port: number | undefined
}

/** Why the listener itself answered: bytes that are no HTTP, a head too large or too slow. */
export interface Unreadable {
  readonly status: number
  readonly code: string
  readonly message: string
}

/** The head of what never became a request: nothing is known of it but who sent it. */
export const unreadableHead = ({ address, port }: Peer): RequestHead => ({
  method: "",
  path: "*",
  header: () => undefined,
  peerAddress: address,
  peerPort: port,
  protocolVersion: "1.1"
})
