/**
 * Cases that do not pass under Belljar yet, and why. They run and are reported as such; one that passes fails the suite, so that
 * the list cannot outlive its reasons.
 */
export interface KnownGap {
  readonly reason: string;
  readonly issue: number;
}

const gap = (reason: string): KnownGap => ({ reason, issue: 3 });

export const knownGaps: Readonly<Record<string, KnownGap>> = {
  'run --mount type=bind, propagation': gap('mountinfo does not show that a mount is the slave of one on the host'),
  'run -v: a mount made on the host meanwhile is seen by rslave': gap(
    'a volume is opened once: what the host mounts below it later is not in it',
  ),
  'run --network container:, --ipc container:, --pid container:': gap(
    'each container has a kernel of its own: namespaces of another are not joined',
  ),
  'run --pid host': gap("the container sees its own processes, never the host's"),
  'run --uts host': gap("the host's name is not taken over when there is no uts namespace"),
  'mknod is in the default capabilities': gap('a device node cannot be made on the rootfs'),
  'run --cgroupns private and host': gap('/proc/PID/cgroup shows / in either case'),
  'run --memory: shown inside': gap("the cgroup files inside show no limit of the container's"),
  'run --cpus: shown inside': gap("the cgroup files inside show no limit of the container's"),
  'run --cpuset-cpus': gap('nproc and Cpus_allowed_list inside show all CPUs'),
  update: gap("the cgroup files inside show no limit of the container's"),
  'exec dies with its container': gap(
    "the exec's end is told after the container's, and Docker then no longer knows it: its client waits for ever",
  ),
  top: gap("Docker asks the host's ps, which shows the stubs' command lines"),
  'cp into a running container': gap('what docker cp changes in the rootfs is not seen when the path was looked up before'),
  'cp while a program has looked for the file': gap('what docker cp changes in the rootfs is not seen when the path was looked up before'),
  "a pod's containers share localhost": gap('the containers of a pod have a kernel each: no common network, IPC or pids'),
  "a pod's containers share System V IPC": gap('the containers of a pod have a kernel each: no common network, IPC or pids'),
};
