/** What a machine may lack for runc to do a case. */
import { readFileSync } from 'node:fs';

/** runc gives a privileged container every capability, which works only if root has them: in some virtual machines one is missing. */
export function privilegedUnderRunc(): string | null {
  const last = Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'latin1'));
  const bounding = /^CapBnd:\s+(\w+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
  return BigInt(`0x${bounding}`) === (1n << BigInt(last + 1)) - 1n ? null : 'root has not every capability here';
}
