/** In the kernel's place until src/kernel/boot.ts exists: says what it was asked to run, and ends. */
import { writeSync } from 'node:fs';
import type { Platform } from '#platform/platform.ts';
import type { SandboxSpec } from './sandbox-spec.ts';

export function boot(spec: SandboxSpec, _platform: Platform): number {
  writeSync(2, `belljar: no kernel in this build; would run ${spec.process.args.join(' ')}\n`);
  if (spec.process.args[0] === 'wait-for-ever') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  return 0;
}
