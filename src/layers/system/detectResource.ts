import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { hostname } from "node:os"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { DetectedResource } from "../../services/trace/resource.ts"
import { containerId } from "./containerId.ts"
import { parseResourceAttributes } from "./resourceVariables.ts"

/** What is asked of the machine itself. */
export interface Machine {
  readonly hostName: string
  /** Undefined for a file that is not there, or not ours to read. */
  readonly readFile: (path: string) => string | undefined
}

const packageJson = new URL("../../../package.json", import.meta.url)

const thisMachine: Machine = {
  hostName: hostname(),
  readFile: (path) => {
    try {
      return readFileSync(path, "utf8")
    } catch {
      return undefined
    }
  }
}

/**
 * Where Kubernetes' downward API, or whoever wrote the manifest, puts each name. The first that is set counts.
 * No manifest has a deployment's or a cluster's name unless it is written there.
 */
const kubernetes: { readonly [attribute: string]: ReadonlyArray<string> } = {
  "k8s.cluster.name": ["K8S_CLUSTER_NAME", "KUBERNETES_CLUSTER_NAME", "CLUSTER_NAME", "MW_KUBE_CLUSTER_NAME"],
  "k8s.namespace.name": ["K8S_NAMESPACE_NAME", "K8S_NAMESPACE", "KUBERNETES_NAMESPACE", "POD_NAMESPACE"],
  "k8s.node.name": ["K8S_NODE_NAME", "KUBERNETES_NODE_NAME", "KUBE_NODE_NAME", "NODE_NAME"],
  "k8s.pod.name": ["K8S_POD_NAME", "KUBERNETES_POD_NAME", "POD_NAME"],
  "k8s.pod.uid": ["K8S_POD_UID", "KUBERNETES_POD_UID", "POD_UID"],
  "k8s.deployment.name": ["K8S_DEPLOYMENT_NAME", "KUBERNETES_DEPLOYMENT_NAME", "DEPLOYMENT_NAME"]
}

const NAMESPACE_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

/** An empty variable counts as not set, and one that cannot be read too: a resource is no reason not to start. */
const variable = (name: string): Effect.Effect<string | undefined> =>
  Config.String(name).pipe(
    Effect.option,
    Effect.map((value) => Option.getOrUndefined(value)?.trim() || undefined)
  )

const firstOf = Effect.fnUntraced(function* (names: ReadonlyArray<string>) {
  for (const name of names) {
    const value = yield* variable(name)
    if (value !== undefined) return value
  }
  return undefined
})

const kubernetesAttributes = Effect.fnUntraced(function* ({ hostName, readFile }: Machine) {
  // Kubernetes sets it in every container; elsewhere POD_NAME and the like mean something else.
  if ((yield* variable("KUBERNETES_SERVICE_HOST")) === undefined) return {}
  const found: Record<string, string | undefined> = {}
  for (const [attribute, names] of Object.entries(kubernetes)) found[attribute] = yield* firstOf(names)
  found["k8s.namespace.name"] ??= readFile(NAMESPACE_FILE)?.trim()
  // A pod's host name is its own name, unless it borrows its node's.
  if (hostName !== found["k8s.node.name"]) found["k8s.pod.name"] ??= hostName
  return found
})

const environmentAttributes = Effect.gen(function* () {
  const text = yield* variable("OTEL_RESOURCE_ATTRIBUTES")
  const parsed = parseResourceAttributes(text ?? "")
  if (Result.isFailure(parsed)) yield* Effect.logWarning(`OTEL_RESOURCE_ATTRIBUTES is ignored: ${parsed.failure}`)
  const serviceName = yield* variable("OTEL_SERVICE_NAME")
  return {
    ...Result.getOrElse(parsed, () => ({})),
    ...(serviceName === undefined ? {} : { "service.name": serviceName })
  }
})

/**
 * What the process on this machine can say of itself, without asking anyone else. The instance id is new with each call.
 *
 * Host id and host name are the host's name, in Kubernetes the node's: what Middleware's agent reports for the host's
 * own metrics. `k8s.*` needs the downward API (the variables are named above); `container.id` is read from `/proc`.
 */
export const detectResourceOf = Effect.fnUntraced(function* (machine: Machine): Effect.fn.Return<DetectedResource> {
  const { hostName, readFile } = machine
  const k8s: { readonly [attribute: string]: string | undefined } = yield* kubernetesAttributes(machine)
  const host = k8s["k8s.node.name"] ?? hostName
  const container = containerId(readFile("/proc/self/cgroup") ?? "", readFile("/proc/self/mountinfo") ?? "")
  return {
    version: String(JSON.parse(readFileSync(packageJson, "utf8")).version),
    instanceId: randomUUID(),
    hostName: host,
    hostId: host,
    platform: Object.fromEntries(
      Object.entries({ ...k8s, "container.id": container }).flatMap(([key, value]) => (value ? [[key, value]] : []))
    ),
    environment: yield* environmentAttributes
  }
})

export const detectResource: Effect.Effect<DetectedResource> = detectResourceOf(thisMachine)
