const ID = "[0-9a-f]{64}"

/** `/docker/<id>`, `/kubepods/burstable/pod…/<id>`, `…/cri-containerd-<id>.scope`: a step of a cgroup's path. */
const CGROUP = new RegExp(`[/-](${ID})(?:[./]|$)`, "m")

/** `/etc/hostname` as Docker and Podman mount it. Not as containerd does: its `sandboxes/<id>` is the pod's, not the container's. */
const MOUNT = new RegExp(`/(?:overlay-)?containers/(${ID})/(?:userdata/)?hostname /etc/hostname `)

/**
 * The container this process runs in, from `/proc/self/cgroup` and `/proc/self/mountinfo`. The former says it with
 * cgroups v1, or where the container shares its host's cgroup namespace; else the latter may.
 */
export const containerId = (cgroup: string, mountinfo: string): string | undefined =>
  CGROUP.exec(cgroup)?.[1] ?? MOUNT.exec(mountinfo)?.[1]
