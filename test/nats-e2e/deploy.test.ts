import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { parse, parseAllDocuments } from "yaml"
import { parseGatewayConfig } from "../../src/layers/yaml/parseGatewayConfig.ts"

const root = join(import.meta.dirname, "../..")
const text = (path: string): string => readFileSync(join(root, path), "utf8")

// Manifests are open data: what is looked up must be there, or the assertion on it fails.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Open = any

const manifests: ReadonlyArray<Open> = readdirSync(join(root, "deploy/kubernetes"))
  .filter((name) => name.endsWith(".yaml"))
  .flatMap((name) =>
    parseAllDocuments(text(`deploy/kubernetes/${name}`)).map((document) => {
      assert.deepStrictEqual(document.errors, [], name)
      return document.toJS()
    })
  )
const compose: Open = parse(text("deploy/docker-compose.yaml"), { merge: true })

const ofKind = (kind: string): ReadonlyArray<Open> => manifests.filter((manifest) => manifest.kind === kind)
const named = (kind: string, name: string): Open => {
  const found = ofKind(kind).find(({ metadata }) => metadata.name === name)
  assert.isDefined(found, `${kind} ${name}`)
  return found
}
const workloads = [...ofKind("Deployment"), ...ofKind("StatefulSet")]
const programs = workloads.filter(({ metadata }) => metadata.name !== "nats")
const secret: Open = parse(text("deploy/secret.example.yaml"))

const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => text(join("src", name)))
  .join("\n")

/** Where each program listens when nothing else is said. */
const ports: { readonly [name: string]: number } = { gateway: 8787, "control-plane": 8788, exporter: 8789 }

describe("Kubernetes manifests", () => {
  it("all have a kind, a name and one namespace, and no two are the same", () => {
    const ids = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    assert.strictEqual(new Set(ids).size, ids.length)
    for (const { kind, metadata } of manifests)
      assert.strictEqual(kind === "Namespace" ? metadata.name : metadata.namespace, "spangate")
    assert.strictEqual(secret.metadata.namespace, "spangate")
  })

  it("run programs that exist, on the ports that they listen on, with probes and limits", () => {
    assert.deepStrictEqual(programs.map(({ metadata }) => metadata.name).sort(), Object.keys(ports).sort())
    for (const { metadata, spec } of programs) {
      const [container, ...others] = spec.template.spec.containers
      assert.strictEqual(others.length, 0)
      assert.deepStrictEqual(container.args, [`src/programs/${metadata.name}.ts`])
      assert.isTrue(existsSync(join(root, container.args[0])))
      const port = ports[metadata.name]
      assert.deepStrictEqual(container.ports, [{ name: "http", containerPort: port }])
      assert.strictEqual(spec.template.metadata.annotations["prometheus.io/port"], String(port))
      assert.strictEqual(container.livenessProbe.httpGet.path, "/health/live")
      assert.strictEqual(container.readinessProbe.httpGet.path, "/health/ready")
      assert.isDefined(container.resources.limits.memory)
      assert.isTrue(container.volumeMounts.some(({ mountPath }: Open) => mountPath === "/data"))
    }
  })

  it("give every program the variables it reads, from keys that are there", () => {
    const common = Object.keys(named("ConfigMap", "spangate-environment").data)
    for (const name of common) assert.include(sources, `"${name}"`)
    for (const { spec } of workloads) {
      const [container] = spec.template.spec.containers
      const variables: ReadonlyArray<Open> = container.env
      for (const { name, value, valueFrom } of variables) {
        if (name.startsWith("SPANGATE_")) assert.include(sources, `"${name}"`, name)
        const reference = valueFrom?.secretKeyRef
        if (reference !== undefined) {
          assert.strictEqual(reference.name, secret.metadata.name)
          assert.include(Object.keys(secret.stringData), reference.key)
        } else if (valueFrom === undefined) assert.strictEqual(typeof value, "string", name)
      }
      const names = variables.map(({ name }) => name)
      if (names.includes("SPANGATE_NATS_URL")) {
        // $(NAME) is expanded from variables that stand before.
        assert.isBelow(names.indexOf("NATS_PASSWORD"), names.indexOf("SPANGATE_NATS_URL"))
        assert.include(names, "SPANGATE_MASTER_KEY")
      }
    }
    assert.deepStrictEqual(
      new Set(
        programs.map(
          ({ spec }) =>
            spec.template.spec.containers[0].env.find(({ name }: Open) => name === "SPANGATE_NATS_URL").value
        )
      ).size,
      1
    )
  })

  it("reach NATS by the names that its pods have", () => {
    const { spec } = named("StatefulSet", "nats")
    const hosts = Array.from({ length: spec.replicas }, (_, index) => `nats-${index}.${spec.serviceName}`)
    const url: string = programs[0]!.spec.template.spec.containers[0].env.find(
      ({ name }: Open) => name === "SPANGATE_NATS_URL"
    ).value
    assert.deepStrictEqual(
      url.split(",").map((each) => each.split("@")[1]),
      hosts.map((host) => `${host}:4222`)
    )
    const config: string = named("ConfigMap", "nats").data["nats.conf"]
    for (const host of hosts) assert.include(config, `nats://${host}:6222`)
    assert.strictEqual(named("ConfigMap", "spangate-environment").data.SPANGATE_NATS_REPLICAS, String(spec.replicas))
  })

  it("leave room: the stream in NATS' storage, that on its volume, the spool on its own", () => {
    const number = (value: string) => Number.parseInt(value, 10)
    const stream = number(named("ConfigMap", "spangate-environment").data.SPANGATE_NATS_MAX_MIB) / 1024
    const store = number(/max_file_store: (\d+)GB/.exec(named("ConfigMap", "nats").data["nats.conf"])?.[1] ?? "")
    const volume = number(named("StatefulSet", "nats").spec.volumeClaimTemplates[0].spec.resources.requests.storage)
    assert.isTrue(stream < store && store < volume, `${stream} ${store} ${volume}`)
    const gateway = named("Deployment", "gateway").spec.template.spec
    const spool =
      number(gateway.containers[0].env.find(({ name }: Open) => name === "SPANGATE_SPOOL_MAX_MIB").value) / 1024
    assert.isBelow(spool, number(gateway.volumes[0].emptyDir.sizeLimit))
  })

  it("select pods that exist, by ports that they have", () => {
    const labels = workloads.map(({ spec }) => spec.template.metadata.labels)
    const selects = (selector: Open) =>
      labels.some((each) => Object.entries(selector ?? {}).every(([key, value]) => each[key] === value))
    for (const { spec } of workloads) assert.isTrue(selects(spec.selector.matchLabels))
    for (const { metadata, spec } of ofKind("Service")) {
      assert.isTrue(selects(spec.selector), metadata.name)
      const [container] = workloads.find((each) => each.metadata.name === metadata.name)!.spec.template.spec.containers
      const known = container.ports.flatMap((port: Open) => [port.name, port.containerPort])
      for (const port of spec.ports) assert.include(known, port.targetPort ?? port.port)
    }
    for (const { spec } of ofKind("PodDisruptionBudget")) assert.isTrue(selects(spec.selector.matchLabels))
    for (const { spec } of ofKind("NetworkPolicy")) {
      assert.isTrue(selects(spec.podSelector.matchLabels))
      for (const { from = [] } of spec.ingress ?? []) {
        for (const { podSelector } of from)
          if (podSelector !== undefined) assert.isTrue(selects(podSelector.matchLabels))
      }
    }
    for (const { spec } of ofKind("HorizontalPodAutoscaler")) named(spec.scaleTargetRef.kind, spec.scaleTargetRef.name)
  })

  it("mount what is there", () => {
    for (const { metadata, spec } of workloads) {
      const volumes = [
        ...(spec.template.spec.volumes ?? []).map((volume: Open) => {
          if (volume.configMap !== undefined) named("ConfigMap", volume.configMap.name)
          return volume.name
        }),
        ...(spec.volumeClaimTemplates ?? []).map((claim: Open) => claim.metadata.name)
      ]
      for (const { name } of spec.template.spec.containers[0].volumeMounts) assert.include(volumes, name, metadata.name)
    }
  })
})

const example = (yaml: string) =>
  parseGatewayConfig(yaml, {
    file: "spangate.yaml",
    env: {
      OPENAI_API_KEY: "k",
      EXAMPLE_TOKEN_SHA256: "a".repeat(64),
      MIDDLEWARE_ENDPOINT: "https://t.middleware.io:443/v1/traces",
      MIDDLEWARE_API_KEY: "k"
    }
  })

describe("the example configuration", () => {
  it("is good, and the same in both places", () => {
    const own = example(text("deploy/spangate.yaml"))
    const mapped = example(named("ConfigMap", "spangate-config").data["spangate.yaml"])
    assert.strictEqual(Result.getOrThrow(own).revision, Result.getOrThrow(mapped).revision)
  })
})

describe("docker-compose", () => {
  it("runs programs that exist, with variables that they read and env.example explains", () => {
    for (const [name, port] of Object.entries(ports)) {
      const service = compose.services[name]
      assert.deepStrictEqual(service.command, [`src/programs/${name}.ts`])
      for (const variable of Object.keys(service.environment)) {
        if (variable.startsWith("SPANGATE_")) assert.include(sources, `"${variable}"`)
      }
      for (const published of service.ports ?? []) assert.match(published, new RegExp(`:${port}$`))
      for (const other of Object.keys(service.depends_on)) assert.isDefined(compose.services[other])
      assert.isTrue(existsSync(join(root, "deploy", service.build.context, service.build.dockerfile)))
    }
    const given = text("deploy/env.example")
    for (const [, name] of text("deploy/docker-compose.yaml").matchAll(/\$\{([A-Z0-9_]+):\?/g)) {
      assert.match(given, new RegExp(`^${name}=`, "m"))
    }
  })
})

describe("docs/operations.md", () => {
  it("names metrics and variables that there are", () => {
    const page = text("docs/operations.md")
    // Some metrics' names are made of a link's prefix.
    const known = ["spangate_nats_", "spangate_config_nats_"]
      .map((prefix) => sources.replaceAll(/`\$\{prefix\}_/g, prefix))
      .join()
    const metrics = new Set([...page.matchAll(/`(spangate_[a-z_]+)`/g)].map(([, name]) => name))
    assert.isAbove(metrics.size, 15)
    for (const name of metrics) assert.include(known, `${name}`)
    for (const [, name] of page.matchAll(/`(SPANGATE_[A-Z_]+)/g)) assert.include(sources, `${name}`)
  })
})
