/** --strace: one line per system call on the descriptor that the spec names. */
import type { Kernel } from '#kernel/kernel.ts';
import { StraceTracer } from '#kernel/strace/tracer.ts';
import type { SyscallDispatcher } from '#syscalls/dispatch.ts';
import type { SandboxSpec } from '../sandbox-spec.ts';

export function startTracing(kernel: Kernel, dispatcher: SyscallDispatcher, spec: SandboxSpec): void {
  const { strace } = spec;
  if (strace === null) return;
  const { host } = kernel.platform;
  const write = (line: string): void => {
    const bytes = Buffer.from(line.endsWith('\n') ? line : `${line}\n`, 'latin1');
    host.write(strace.fd, bytes, 0, bytes.length, -1);
  };
  const only = strace.only === null ? {} : { only: new Set<string>(strace.only) };
  dispatcher.tracer = new StraceTracer({ write, ...only });
}
