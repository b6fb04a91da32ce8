/** System calls entered: the tracepoint raw_syscalls:sys_enter, counted in the kernel (no samples, no copies). */
import { PerfCounter, PerfType } from './perf-counter.ts';
import type { Outcome } from './outcome.ts';
import type { Scope } from './scope.ts';
import { findSyscallTracepoint } from './tracepoint.ts';

export function openSyscallCounter(scope: Scope): Outcome<PerfCounter> {
  const tracepoint = findSyscallTracepoint();
  if (tracepoint.kind !== 'ok') return tracepoint;
  return PerfCounter.open(
    {
      name: 'raw_syscalls:sys_enter',
      type: PerfType.tracepoint,
      config: tracepoint.value.id,
      absent: 'this kernel has no tracepoint raw_syscalls:sys_enter',
    },
    scope,
  );
}
