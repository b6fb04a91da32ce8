import { mayProtectFromOom } from './cases/machine.ts';

/**
 * Cases that do not pass under Belljar yet, and why. They run and are reported as such; one that passes fails the suite, so that
 * the list cannot outlive its reasons.
 */
export interface KnownGap {
  readonly reason: string;
  readonly issue: number;
}

const gap = (reason: string): KnownGap => ({ reason, issue: 3 });

/**
 * Where root may not lower oom_score_adj, a guest that the sandbox's kernel is writing to (a read of /dev/zero) frees its memory late when it
 * is killed, and the host then takes the kernel as well.
 */
const withoutResource = mayProtectFromOom()
  ? {}
  : Object.fromEntries(
      ['run --memory: a hog is killed, exit 137, OOMKilled', 'run --memory: a child that is a hog is killed, its parent lives'].map(
        (name) => [name, gap("root here lacks CAP_SYS_RESOURCE: the sandbox's kernel cannot be kept from the OOM killer")],
      ),
    );

export const knownGaps: Readonly<Record<string, KnownGap>> = {
  ...withoutResource,
  'run --mount type=bind, propagation': gap('mountinfo does not show that a mount is the slave of one on the host'),
  'run -v: a mount made on the host meanwhile is seen by rslave': gap(
    'a volume is opened once: what the host mounts below it later is not in it',
  ),
  'run --network container:, --ipc container:, --pid container:': gap(
    'each container has a kernel of its own: namespaces of another are not joined',
  ),
  'run --pid host': gap("the container sees its own processes, never the host's"),
  'run --uts host': gap("the host's name is not taken over when there is no uts namespace"),
  'run --cgroupns private and host': gap('/proc/PID/cgroup shows / in either case'),
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
