import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { parseDocument } from "yaml"

const folder = new URL("../../deploy/collector/", import.meta.url)
const textOf = (name: string): string => readFileSync(new URL(name, folder), "utf8")

interface Collector {
  readonly extensions?: Components
  readonly receivers?: Components
  readonly processors?: Components
  readonly exporters?: Components
  readonly service: {
    readonly extensions?: ReadonlyArray<string>
    readonly pipelines: { readonly [name: string]: Pipeline }
  }
}
interface Components {
  readonly [id: string]: unknown
}
interface Pipeline {
  readonly receivers?: ReadonlyArray<string>
  readonly processors?: ReadonlyArray<string>
  readonly exporters?: ReadonlyArray<string>
}

const read = (name: string): Collector => {
  const document = parseDocument(textOf(name))
  assert.deepStrictEqual([...document.errors, ...document.warnings], [])
  return document.toJS()
}

const isMap = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** As the collector lays one file over another: maps are merged, everything else is replaced. */
const merged = (below: unknown, above: unknown): unknown =>
  isMap(below) && isMap(above)
    ? Object.fromEntries(
        [...new Set([...Object.keys(below), ...Object.keys(above)])].map((key) => [
          key,
          key in below && key in above ? merged(below[key], above[key]) : key in above ? above[key] : below[key]
        ])
      )
    : above

const config = read("config.yaml")
const withKubernetes = merged(config, read("kubernetes.yaml")) as Collector

describe("the collector's configuration", () => {
  for (const [name, collector] of [
    ["alone", config],
    ["in Kubernetes", withKubernetes]
  ] as const) {
    it(`${name} names in its pipelines what it defines, and defines nothing that it does not use`, () => {
      for (const kind of ["receivers", "processors", "exporters"] as const) {
        const used = Object.values(collector.service.pipelines).flatMap((pipeline) => pipeline[kind] ?? [])
        assert.sameMembers(Object.keys(collector[kind] ?? {}), [...new Set(used)], kind)
      }
      assert.sameMembers(Object.keys(collector.extensions ?? {}), [...(collector.service.extensions ?? [])])
    })

    it(`${name} limits memory first, and asks who sends before anything holds spans`, () => {
      const processors = collector.service.pipelines["traces"]?.processors ?? []
      assert.strictEqual(processors[0], "memory_limiter")
      const asks = processors.indexOf("k8s_attributes")
      if (asks !== -1) assert.isBelow(asks, processors.indexOf("tail_sampling"))
    })
  }

  it("keeps its queue in a storage that there is", () => {
    const exporter = config.exporters?.["otlp_http"] as { readonly sending_queue: { readonly storage: string } }
    assert.isTrue(config.service.extensions?.includes(exporter.sending_queue.storage))
  })

  it("sends the raw key and the whole address, from the environment", () => {
    assert.deepInclude(config.exporters?.["otlp_http"], {
      traces_endpoint: "$" + "{env:MIDDLEWARE_ENDPOINT}",
      headers: { Authorization: "$" + "{env:MIDDLEWARE_API_KEY}" }
    })
  })

  it("gets each variable without a default from docker compose, or is told to be given it", () => {
    const needed = (text: string) => [...text.matchAll(/\$\{env:([A-Z_]+)\}/g)].map(([, name = ""]) => name)
    const { services } = parseDocument(textOf("docker-compose.yaml")).toJS()
    const given = Object.keys(services["otel-collector"].environment)
    for (const name of needed(textOf("config.yaml"))) assert.include(given, name)
    for (const name of needed(textOf("kubernetes.yaml")))
      assert.include(textOf("kubernetes.yaml").split("\n\n")[0], name)
  })
})
