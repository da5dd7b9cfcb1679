/** A query may hold a key or a prompt; no span carries one. */
export const withoutQuery = (url: string): string => {
  const end = url.search(/[?#]/)
  return end === -1 ? url : url.slice(0, end)
}

/** `gw.acme.io:443`, `[::1]:8787`, or without a port. */
export const splitHost = (host: string): { address: string; port?: number } => {
  const match = /^\[([^\]]*)\](?::(\d{1,5}))?$|^([^:]*)(?::(\d{1,5}))?$/.exec(host)
  const address = match?.[1] ?? match?.[3]
  const port = match?.[2] ?? match?.[4]
  return address === undefined ? { address: host } : port === undefined ? { address } : { address, port: Number(port) }
}
