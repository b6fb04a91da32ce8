/** What a machine may lack for runc to do a case. */
import { readFileSync } from 'node:fs';

/** runc gives a privileged container every capability, which works only if root has them: in some virtual machines one is missing. */
export function privilegedUnderRunc(): string | null {
  const last = Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'latin1'));
  return bounding() === (1n << BigInt(last + 1)) - 1n ? null : 'root has not every capability here';
}

const CAP_SYS_RESOURCE = 24n;

/** Whether a process may get an oom_score_adj below its parent's. */
export function mayProtectFromOom(): boolean {
  return ((bounding() >> CAP_SYS_RESOURCE) & 1n) === 1n;
}

function bounding(): bigint {
  return BigInt(`0x${/^CapBnd:\s+(\w+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]}`);
}
