import { assert, describe, it } from "@effect/vitest"
import { containerId } from "../../../src/layers/system/containerId.ts"

const ID = "7be92808767a667f35c8505cbf40d14e931ef6db5b0210329cf193b15ba9d605"
const POD = "f2d4a3c0-5d8c-4d5b-8ee5-8a1b2c3d4e5f"
const OTHER = "dc64b5743252dbaef6e30521c34d6bbd1620c8ce65bdb7bf9e7143b61bb5b183"

const mount = (root: string, at: string) =>
  `1620 1600 254:1 ${root} ${at} rw,relatime - ext4 /dev/vda1 rw\n1621 1600 0:52 / /dev/shm rw - tmpfs shm rw\n`

describe("containerId", () => {
  for (const [where, cgroup] of [
    ["docker", `13:name=systemd:/docker/${ID}\n12:pids:/docker/${ID}\n`],
    ["docker by systemd", `0::/system.slice/docker-${ID}.scope\n`],
    ["kubernetes", `11:cpuset:/kubepods/burstable/pod${POD}/${ID}\n`],
    [
      "kubernetes with containerd by systemd",
      `0::/kubepods.slice/kubepods-pod${POD.replaceAll("-", "_")}.slice/cri-containerd-${ID}.scope\n`
    ],
    ["podman", `0::/machine.slice/libpod-${ID}.scope/container\n`]
  ] as const) {
    it(`in ${where}, by its cgroup`, () => assert.strictEqual(containerId(cgroup, ""), ID))
  }

  for (const [where, root] of [
    ["docker", `/var/lib/docker/containers/${ID}/hostname`],
    ["podman", `/home/u/.local/share/containers/storage/overlay-containers/${ID}/userdata/hostname`]
  ] as const) {
    it(`in ${where}, by its mounts`, () => {
      assert.strictEqual(containerId("0::/\n", mount(root, "/etc/hostname")), ID)
    })
  }

  for (const [where, cgroup, mountinfo] of [
    ["outside of a container", "0::/user.slice/user-1000.slice/session-2.scope\n", ""],
    [
      "on a host that runs containers",
      "0::/user.slice\n",
      mount("/", `/var/lib/docker/containers/${OTHER}/mounts/shm`)
    ],
    [
      "with containerd, whose mounts name the pod's sandbox only",
      "0::/\n",
      mount(`/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/${OTHER}/hostname`, "/etc/hostname")
    ],
    ["where nothing can be read", "", ""]
  ] as const) {
    it(`none ${where}`, () => assert.isUndefined(containerId(cgroup, mountinfo)))
  }
})
