import { assert, describe, it } from "@effect/vitest"
import { serviceMap } from "../../../../src/layers/fake/middleware/serviceMap.ts"
import { CLIENT, CONSUMER, heldSpan, INTERNAL, PRODUCER, SERVER } from "./spans.ts"

/** One request of the app through the gateway to a provider that nobody traces. */
const throughGateway = (trace: string, ms: number, failed = false) => [
  heldSpan({ service: "app", trace, id: "a", kind: CLIENT, ms: ms + 2, failed: false }),
  heldSpan({ service: "gateway", trace, id: "b", parent: "a", kind: SERVER, ms, failed }),
  heldSpan({ service: "gateway", trace, id: "c", parent: "b", kind: INTERNAL, ms: 1 }),
  heldSpan({
    service: "gateway",
    trace,
    id: "d",
    parent: "b",
    kind: CLIENT,
    ms: ms - 5,
    failed,
    attributes: { "peer.service": "openai" }
  })
]

describe("serviceMap", () => {
  it("equals the one worked out by hand", () => {
    const spans = Array.from({ length: 20 }, (_, i) => throughGateway(`t${i}`, 10 * (i + 1), i >= 18)).flat()
    const map = serviceMap(spans)
    assert.deepStrictEqual(map.edges, [
      {
        client: "app",
        server: "gateway",
        connectionType: "",
        requests: 20,
        failed: 2,
        errorRate: 0.1,
        clientP95Ms: 192,
        serverP95Ms: 190
      },
      {
        client: "gateway",
        server: "openai",
        connectionType: "virtual_node",
        requests: 20,
        failed: 2,
        errorRate: 0.1,
        clientP95Ms: 185,
        serverP95Ms: undefined
      }
    ])
    assert.deepStrictEqual(
      map.nodes.map((node) => [node.name, node.type, node.health, node.latency.requests]),
      [
        ["app", "service", "unknown", 0],
        ["gateway", "service", "error", 20],
        ["openai", "virtual", "unknown", 0]
      ]
    )
    assert.deepStrictEqual(map.nodes[1]?.latency, {
      requests: 20,
      errors: 2,
      errorRate: 0.1,
      avgMs: 105,
      p50Ms: 100,
      p95Ms: 190,
      p99Ms: 200,
      maxMs: 200
    })
  })

  it("does not depend on the order of arrival", () => {
    const spans = [...throughGateway("t1", 10), ...throughGateway("t2", 30, true)]
    assert.deepStrictEqual(serviceMap([...spans].reverse()), serviceMap(spans))
  })

  it("is amber below five percent of errors and red from there", () => {
    const health = (failures: number) =>
      serviceMap(
        Array.from({ length: 100 }, (_, i) =>
          heldSpan({ service: "s", trace: `t${i}`, id: "a", kind: SERVER, ms: 1, failed: i < failures })
        )
      ).nodes[0]?.health
    assert.deepStrictEqual([health(0), health(4), health(5)], ["ok", "warning", "error"])
  })

  const edges = (...spans: Parameters<typeof serviceMap>[0] extends Iterable<infer A> ? Array<A> : never) =>
    serviceMap(spans).edges.map((edge) => [edge.client, edge.server, edge.connectionType])

  it("calls the caller of a root server span a user, and draws no edge for a caller it does not hold", () => {
    const root = heldSpan({ service: "gateway", trace: "t", id: "a", kind: SERVER, ms: 1 })
    const joined = heldSpan({ service: "gateway", trace: "u", id: "a", parent: "elsewhere", kind: SERVER, ms: 1 })
    assert.deepStrictEqual(edges(root, joined), [["user", "gateway", "virtual_node"]])
  })

  it("prefers the traced callee over its peer name", () => {
    const call = heldSpan({
      service: "gateway",
      trace: "t",
      id: "a",
      kind: CLIENT,
      ms: 1,
      attributes: { "peer.service": "openai" }
    })
    const callee = heldSpan({ service: "self-hosted", trace: "t", id: "b", parent: "a", kind: SERVER, ms: 1 })
    assert.deepStrictEqual(edges(call, callee), [["gateway", "self-hosted", ""]])
  })

  it("knows databases and queues", () => {
    const query = heldSpan({
      service: "app",
      trace: "t",
      id: "a",
      kind: CLIENT,
      ms: 1,
      attributes: { "db.name": "orders", "db.system": "postgresql" }
    })
    const send = heldSpan({ service: "app", trace: "t", id: "b", kind: PRODUCER, ms: 1 })
    const take = heldSpan({ service: "worker", trace: "t", id: "c", parent: "b", kind: CONSUMER, ms: 1 })
    assert.deepStrictEqual(edges(query, send, take), [
      ["app", "orders", "database"],
      ["app", "worker", "messaging_system"]
    ])
  })

  it("leaves out spans without a service name", () => {
    const nameless = heldSpan({ trace: "t", id: "a", kind: SERVER, ms: 1 })
    assert.deepStrictEqual(serviceMap([nameless]), { nodes: [], edges: [] })
  })
})
