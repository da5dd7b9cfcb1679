import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { detectResource, detectResourceOf } from "../../../src/layers/system/detectResource.ts"
import { resourceAttributes } from "../../../src/services/trace/resource.ts"

const ID = "7be92808767a667f35c8505cbf40d14e931ef6db5b0210329cf193b15ba9d605"

interface World {
  readonly env?: Record<string, string>
  readonly hostName?: string
  readonly files?: { readonly [path: string]: string }
}

const detected = ({ env = {}, files = {}, hostName = "gw-1" }: World) =>
  detectResourceOf({ hostName, readFile: (path) => files[path] }).pipe(
    Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(env)))
  )

/** All but what is the same, or different, for every process. */
const attributesOf = (world: World, yaml: Record<string, string> = {}) =>
  Effect.map(detected(world), (detected) => {
    const attributes = resourceAttributes({ common: yaml, destination: {}, detected })
    return Object.fromEntries(
      Object.entries(attributes).filter(([key]) => !/^telemetry|^service\.(version|instance)/.test(key))
    )
  })

const kubernetes = {
  KUBERNETES_SERVICE_HOST: "10.96.0.1",
  K8S_CLUSTER_NAME: "prod-eu",
  POD_NAMESPACE: "ai",
  NODE_NAME: "node-7",
  POD_NAME: "gw-5d8c4d5b-x2x4z",
  POD_UID: "f2d4a3c0-5d8c-4d5b-8ee5-8a1b2c3d4e5f",
  DEPLOYMENT_NAME: "gw"
}

const platform = {
  "k8s.cluster.name": "prod-eu",
  "k8s.namespace.name": "ai",
  "k8s.node.name": "node-7",
  "k8s.pod.name": "gw-5d8c4d5b-x2x4z",
  "k8s.pod.uid": "f2d4a3c0-5d8c-4d5b-8ee5-8a1b2c3d4e5f",
  "k8s.deployment.name": "gw"
}

describe("detectResource", () => {
  it.effect("on a machine says its host's name, as id too", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* attributesOf({}), {
        "service.name": "spangate",
        "host.name": "gw-1",
        "host.id": "gw-1"
      })
    })
  )

  it.effect("in Kubernetes says who and where it is, and its node's name for host", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* attributesOf({ env: kubernetes, hostName: "gw-5d8c4d5b-x2x4z" }), {
        "service.name": "spangate",
        "host.name": "node-7",
        "host.id": "node-7",
        ...platform
      })
    })
  )

  it.effect("in Kubernetes without the downward API says what it can", () =>
    Effect.gen(function* () {
      const files = {
        "/var/run/secrets/kubernetes.io/serviceaccount/namespace": "ai\n",
        "/proc/self/cgroup": `0::/kubepods.slice/cri-containerd-${ID}.scope\n`
      }
      const world = { env: { KUBERNETES_SERVICE_HOST: "10.96.0.1" }, hostName: "gw-5d8c4d5b-x2x4z", files }
      assert.deepStrictEqual(yield* attributesOf(world), {
        "service.name": "spangate",
        "host.name": "gw-5d8c4d5b-x2x4z",
        "host.id": "gw-5d8c4d5b-x2x4z",
        "k8s.namespace.name": "ai",
        "k8s.pod.name": "gw-5d8c4d5b-x2x4z",
        "container.id": ID
      })
    })
  )

  it.effect("takes a host name that is the node's for no pod's", () =>
    Effect.gen(function* () {
      const env = { KUBERNETES_SERVICE_HOST: "10.96.0.1", NODE_NAME: "node-7" }
      assert.notProperty(yield* attributesOf({ env, hostName: "node-7" }), "k8s.pod.name")
    })
  )

  it.effect("elsewhere reads nothing into the same variables", () =>
    Effect.gen(function* () {
      const { KUBERNETES_SERVICE_HOST: _, ...env } = kubernetes
      assert.deepStrictEqual(yield* attributesOf({ env }), yield* attributesOf({}))
    })
  )

  it.effect("is overridden by OTEL_*, and these by the configuration", () =>
    Effect.gen(function* () {
      const env = {
        OTEL_RESOURCE_ATTRIBUTES: "service.name=from-attributes,deployment.environment.name=dev,host.id=i-1,team=a%20b",
        OTEL_SERVICE_NAME: "from-name"
      }
      assert.deepStrictEqual(yield* attributesOf({ env }), {
        "service.name": "from-name",
        "deployment.environment.name": "dev",
        "host.name": "gw-1",
        "host.id": "i-1",
        team: "a b"
      })
      const yaml = { "service.name": "from-yaml", "deployment.environment.name": "prod" }
      assert.deepInclude(yield* attributesOf({ env }, yaml), yaml)
      const { OTEL_SERVICE_NAME: _, ...attributesOnly } = env
      assert.deepInclude(yield* attributesOf({ env: attributesOnly }), { "service.name": "from-attributes" })
    })
  )

  it.effect("ignores what is not well formed, and says so without a word of it", () =>
    Effect.gen(function* () {
      const lines: Array<unknown> = []
      const log = Logger.layer([Logger.make(({ message }) => lines.push(message))])
      const env = { OTEL_RESOURCE_ATTRIBUTES: "team=a,secret", OTEL_SERVICE_NAME: " " }
      assert.deepStrictEqual(yield* Effect.provide(attributesOf({ env }), log), yield* attributesOf({}))
      assert.deepStrictEqual(lines.flat(), ['OTEL_RESOURCE_ATTRIBUTES is ignored: entry 2 has no "="'])
    })
  )

  it.effect("lets in nothing else of the environment", () =>
    Effect.gen(function* () {
      const env = { ...kubernetes, OPENAI_API_KEY: "canary-key", SPANGATE_MASTER_KEY: "canary-master" }
      assert.notInclude(JSON.stringify(yield* detected({ env })), "canary")
    })
  )

  it.effect("gives each process an instance id of its own, and the package's version", () =>
    Effect.gen(function* () {
      const [a, b] = [yield* detected({}), yield* detected({})]
      assert.match(a.instanceId, /^[0-9a-f]{8}-[0-9a-f]{4}-4/)
      assert.notStrictEqual(a.instanceId, b.instanceId)
      assert.match(a.version, /^\d+\.\d+\.\d+/)
    })
  )

  it.effect("works on this machine", () =>
    Effect.gen(function* () {
      assert.isNotEmpty((yield* detectResource).hostName)
    })
  )
})
