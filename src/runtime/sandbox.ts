/**
 * Starts one sandbox in this process and stays until it ends: the order here is the order in which privileges go.
 * Native code and stubs first (they need the host's files), then the new root, then seccomp, then the first guest.
 */
import { writeSync } from 'node:fs';
import { syscalls } from '#abi/syscalls.ts';
import { type Addon, loadAddon } from '#platform/native/addon.ts';
import { NativePlatform } from '#platform/native/native-platform.ts';
import { boot } from './boot/boot.ts';
import { confine } from './confine.ts';
import type { Order } from './container/order.ts';
import { CONTROL_RECORD, encodeControl, ToWaiter } from './control.ts';
import { Failure } from './failure.ts';
import { CONTAINER_FD, CONTROL_FD, type Launch, openHostProc, PROC_FD, Trees } from './launch.ts';
import { leave, leaveThrough } from './leave.ts';
import { askForBundle, type Completion } from './prepare.ts';

const MAX_ORDER = 1 << 17;
const MAX_PASSED = 64;
const AF_UNIX = 1;
const SOCK_SEQPACKET = 0o2004005; // with SOCK_NONBLOCK, SOCK_CLOEXEC
const BACKLOG = 128;

const nativePath = (launch: Launch, name: string): string => `${launch.projectRoot}/build/native/${name}`;

/** `ask` resolves host paths and names trees; what it returns completes the spec. `cgroup`: /proc/PID/cgroup. Does not return. */
export function runSandbox(launch: Launch, cgroup: string, ask: (trees: Trees) => Completion): never {
  const trees = new Trees();
  const complete = ask(trees);
  const platform = NativePlatform.open({
    addon: nativePath(launch, 'belljar.node'),
    stub: nativePath(launch, 'stub'),
    procFd: PROC_FD,
  });
  const hostProc = openHostProc(cgroup);
  const cpus = trees.addHardware('/sys/devices/system/cpu');
  trees.enterRoot();
  const spec = complete(trees, { ...hostProc, cpus: trees.openHardware(cpus) });
  leaveThrough(platform.host);
  confine(platform.host);
  const status = boot(spec, platform);
  globalThis.belljarTrained?.();
  writeSync(CONTROL_FD, encodeControl(new Uint8Array(CONTROL_RECORD), ToWaiter.Exit, status));
  leave(0); // the waiter has the status, and kills what is left of this process
}

/** The sandbox of a container: waits until the command line has prepared all on the host, and says what it is to be. */
export function runContainer(launch: Launch): never {
  const addon = loadAddon(nativePath(launch, 'belljar.node'));
  const bytes = new Uint8Array(MAX_ORDER);
  const fds = new Int32Array(1 + MAX_PASSED);
  const length = addon.receive(CONTROL_FD, bytes, fds, 0);
  if (length <= 0) leave(0); // the command line failed
  const order = JSON.parse(Buffer.from(bytes.subarray(0, length)).toString('latin1')) as Order;
  let preserved = [...fds.subarray(1, 1 + (fds[0] ?? 0))];
  if (order.console) {
    const [terminal = -1, ...others] = preserved;
    for (const fd of [0, 1, 2]) addon.call(syscalls.dup2.number, terminal, fd);
    addon.call(syscalls.close.number, terminal);
    preserved = others;
  }
  if (preserved.length < order.preserved) throw new Failure('launch', `--preserve-fds ${order.preserved}: at most ${MAX_PASSED - 1}`);
  listenIn(addon, order.directory);
  runSandbox(launch, order.cgroup, (trees) => askForBundle(order, preserved, launch, trees));
}

/** Makes the socket `control` in the container's directory, by its relative name: a socket's path has at most 107 bytes. */
function listenIn(addon: Addon, directory: string): void {
  process.chdir(Buffer.from(directory, 'latin1').toString('utf8'));
  const fd = addon.call(syscalls.socket.number, AF_UNIX, SOCK_SEQPACKET, 0);
  const address = Buffer.from('\u0001\0control\0', 'latin1');
  const failed =
    Math.min(fd, 0) ||
    addon.call(syscalls.bind.number, fd, address, address.length) ||
    addon.call(syscalls.listen.number, fd, BACKLOG) ||
    Math.min(addon.call(syscalls.dup3.number, fd, CONTAINER_FD, 0o2000000), 0);
  if (failed !== 0) throw new Failure('launch', `the control socket in ${directory}: host error ${-failed}`);
  addon.call(syscalls.close.number, fd);
  process.chdir('/');
}

declare global {
  /** Set while the build makes the code cache (scripts/start.cjs). */
  var belljarTrained: (() => void) | undefined;
}
