/** Seccomp profiles for the cases, in Docker's form. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly { index: number; value: number; op: string }[];
}

const allowAllBut = (...syscalls: Rule[]): object => ({ defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_X86_64'], syscalls });

const profiles: Readonly<Record<string, object>> = {
  'no-mkdir.json': allowAllBut({ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }),
  'kill-mkdir.json': allowAllBut({ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_KILL_PROCESS' }),
  // kill(any, SIGUSR2) answers EPERM.
  'no-kill-12.json': allowAllBut({ names: ['kill'], action: 'SCMP_ACT_ERRNO', args: [{ index: 1, value: 12, op: 'SCMP_CMP_EQ' }] }),
};

export function writeProfiles(directory: string): void {
  mkdirSync(directory, { recursive: true });
  for (const [name, profile] of Object.entries(profiles)) writeFileSync(join(directory, name), JSON.stringify(profile));
}
