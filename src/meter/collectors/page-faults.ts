/** Page faults, minor and major: the kernel's software event. */
import { PerfCounter, PerfType } from './perf-counter.ts';
import type { Outcome } from './outcome.ts';
import type { Scope } from './scope.ts';

export function openPageFaultCounter(scope: Scope): Outcome<PerfCounter> {
  return PerfCounter.open(
    {
      name: 'page-faults',
      type: PerfType.software,
      config: 2,
      absent: 'this kernel has no software event page-faults',
    },
    scope,
  );
}
