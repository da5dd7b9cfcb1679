import { attributeText, type HeldSpan } from "./HeldTraces.ts"
import { durationMs, failed, type Latency, latencyOf } from "./Latency.ts"

const SERVER = 2
const CLIENT = 3
const PRODUCER = 4
const CONSUMER = 5

/** In this order the first one present names the other side of a call that nobody there traced. */
const PEER_ATTRIBUTES = ["peer.service", "db.name", "db.system"]

export type ConnectionType = "" | "messaging_system" | "database" | "virtual_node"

export interface ServiceNode {
  readonly name: string
  /** `virtual` ones are known from calls only. */
  readonly type: "service" | "virtual" | "database"
  /** Of its own SERVER and CONSUMER spans. */
  readonly latency: Latency
  /** By the error rate: none, below 5 %, or more. `unknown` without spans of its own. */
  readonly health: "ok" | "warning" | "error" | "unknown"
}

export interface ServiceEdge {
  readonly client: string
  readonly server: string
  readonly connectionType: ConnectionType
  readonly requests: number
  /** Calls that failed on either side. */
  readonly failed: number
  readonly errorRate: number
  /** Of the client's spans; a user has none. */
  readonly clientP95Ms: number | undefined
  /** Of the server's spans; a virtual one has none. */
  readonly serverP95Ms: number | undefined
}

export interface ServiceMap {
  readonly nodes: ReadonlyArray<ServiceNode>
  readonly edges: ReadonlyArray<ServiceEdge>
}

interface Call {
  readonly client: string
  readonly server: string
  readonly connectionType: ConnectionType
  readonly clientSpan?: HeldSpan
  readonly serverSpan?: HeldSpan
}

const keyOf = (traceId: string, spanId: string) => `${traceId} ${spanId}`

const attributeOf = (held: HeldSpan, key: string) =>
  attributeText(held.span.attributes, key) ?? attributeText(held.resource.attributes, key)

const peerOf = (held: HeldSpan): string | undefined => {
  for (const key of PEER_ATTRIBUTES) {
    const value = attributeOf(held, key)
    if (value !== undefined) return value
  }
  return undefined
}

/** Every call as the servicegraph connector pairs them, but over all spans held rather than over two seconds. */
const calls = (spans: ReadonlyArray<HeldSpan & { readonly service: string }>): ReadonlyArray<Call> => {
  const clients = new Map<string, HeldSpan & { readonly service: string }>()
  for (const held of spans) {
    const { kind, traceId, spanId } = held.span
    if (kind === CLIENT || kind === PRODUCER) clients.set(keyOf(traceId, spanId), held)
  }
  const found: Array<Call> = []
  const answered = new Set<HeldSpan>()
  for (const held of spans) {
    const { kind, traceId, parentSpanId } = held.span
    if (kind !== SERVER && kind !== CONSUMER) continue
    const client = clients.get(keyOf(traceId, parentSpanId))
    if (client !== undefined) {
      answered.add(client)
      const messaging = kind === CONSUMER || client.span.kind === PRODUCER
      found.push({
        client: client.service,
        server: held.service,
        connectionType: messaging ? "messaging_system" : "",
        clientSpan: client,
        serverSpan: held
      })
    } else if (parentSpanId === "") {
      found.push({ client: "user", server: held.service, connectionType: "virtual_node", serverSpan: held })
    }
  }
  for (const client of clients.values()) {
    if (answered.has(client)) continue
    const database = client.span.kind === CLIENT ? attributeOf(client, "db.name") : undefined
    const server = database ?? peerOf(client)
    if (server === undefined) continue
    const connectionType = database === undefined ? "virtual_node" : "database"
    found.push({ client: client.service, server, connectionType, clientSpan: client })
  }
  return found
}

const groupBy = <A>(items: Iterable<A>, key: (item: A) => string): Map<string, [A, ...Array<A>]> => {
  const groups = new Map<string, [A, ...Array<A>]>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group === undefined) groups.set(key(item), [item])
    else group.push(item)
  }
  return groups
}

const p95 = (spans: ReadonlyArray<HeldSpan | undefined>): number | undefined => {
  const durations = spans.flatMap((held) => (held === undefined ? [] : [durationMs(held.span)]))
  return durations.length === 0 ? undefined : latencyOf(durations, 0).p95Ms
}

const edgeOf = (group: readonly [Call, ...ReadonlyArray<Call>]): ServiceEdge => {
  const failures = group.filter(
    (call) =>
      (call.clientSpan !== undefined && failed(call.clientSpan.span)) ||
      (call.serverSpan !== undefined && failed(call.serverSpan.span))
  ).length
  return {
    client: group[0].client,
    server: group[0].server,
    connectionType: group[0].connectionType,
    requests: group.length,
    failed: failures,
    errorRate: failures / group.length,
    clientP95Ms: p95(group.map((call) => call.clientSpan)),
    serverP95Ms: p95(group.map((call) => call.serverSpan))
  }
}

const healthOf = ({ requests, errorRate }: Latency): ServiceNode["health"] =>
  requests === 0 ? "unknown" : errorRate === 0 ? "ok" : errorRate < 0.05 ? "warning" : "error"

/** Services and who calls whom. Spans without a `service.name` do not count; INTERNAL ones form no edges. */
export const serviceMap = (spans: Iterable<HeldSpan>): ServiceMap => {
  const named: Array<HeldSpan & { readonly service: string }> = []
  for (const held of spans) if (held.service !== undefined) named.push({ ...held, service: held.service })

  const nodes: Array<ServiceNode> = []
  for (const [name, group] of groupBy(named, (held) => held.service)) {
    const served = group.filter(({ span }) => span.kind === SERVER || span.kind === CONSUMER)
    const latency = latencyOf(
      served.map(({ span }) => durationMs(span)),
      served.filter(({ span }) => failed(span)).length
    )
    nodes.push({ name, type: "service", latency, health: healthOf(latency) })
  }

  const edges = [
    ...groupBy(calls(named), (call) => JSON.stringify([call.client, call.server, call.connectionType])).values()
  ].map(edgeOf)
  for (const edge of edges) {
    for (const name of [edge.client, edge.server]) {
      if (nodes.some((node) => node.name === name)) continue
      const type = edge.connectionType === "database" && name === edge.server ? "database" : "virtual"
      nodes.push({ name, type, latency: latencyOf([], 0), health: "unknown" })
    }
  }
  const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  return {
    nodes: nodes.sort((a, b) => byName(a.name, b.name)),
    edges: edges.sort((a, b) => byName(a.client, b.client) || byName(a.server, b.server))
  }
}
