/** Context switches: the kernel's software event. */
import { PerfCounter, PerfType } from './perf-counter.ts';
import type { Outcome } from './outcome.ts';
import type { Scope } from './scope.ts';

export function openContextSwitchCounter(scope: Scope): Outcome<PerfCounter> {
  return PerfCounter.open(
    {
      name: 'context-switches',
      type: PerfType.software,
      config: 3,
      absent: 'this kernel has no software event context-switches',
    },
    scope,
  );
}
