/**
 * Starts one sandbox in this process and stays until it ends: the order here is the order in which privileges go.
 * Native code and stubs first (they need the host's files), then the new root, then seccomp, then the first guest.
 */
import { writeSync } from 'node:fs';
import { NativePlatform } from '#platform/native/native-platform.ts';
import { boot } from './boot/boot.ts';
import { confine } from './confine.ts';
import { CONTROL_RECORD, encodeControl, ToWaiter } from './control.ts';
import { CONTROL_FD, type Launch, openHostProc, PROC_FD, Trees } from './launch.ts';
import { leave, leaveThrough } from './leave.ts';
import type { Completion } from './prepare.ts';

/** `ask` resolves host paths and names trees; what it returns completes the spec. Does not return. */
export function runSandbox(launch: Launch, ask: (trees: Trees) => Completion): never {
  const trees = new Trees();
  const complete = ask(trees);
  const native = `${launch.projectRoot}/build/native`;
  const platform = NativePlatform.open({ addon: `${native}/belljar.node`, stub: `${native}/stub`, procFd: PROC_FD });
  const hostProc = openHostProc(launch.cgroup);
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

declare global {
  /** Set while the build makes the code cache (scripts/start.cjs). */
  var belljarTrained: (() => void) | undefined;
}
