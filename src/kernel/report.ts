/** What a sandbox's kernel knows of its own work, exactly: for --debug, for a report file, and for the meter. */
import { syscallName } from '#abi/syscalls.ts';
import type { CallTimes } from './call-times.ts';
import type { Kernel } from './kernel.ts';

export interface CallReport {
  readonly name: string;
  readonly number: number;
  readonly calls: number;
  /** Nanoseconds in its handler; null where times were not kept. */
  readonly ns: number | null;
}

export interface KernelReport {
  readonly schema: 'belljar-kernel-report/1';
  /** Since the sandbox began. */
  readonly seconds: number;
  /** Processes and threads made. */
  readonly forks: number;
  /** Calls that slept. */
  readonly switches: number;
  readonly syscalls: number;
  /** Most frequent first. */
  readonly calls: readonly CallReport[];
  /** Nanoseconds spent on what is no call (faults, interrupts, full frames); null where times were not kept. */
  readonly otherNs: number | null;
  /** What was refused or unknown, by a readable name. */
  readonly refused: Readonly<Record<string, number>>;
}

export function kernelReport(kernel: Kernel, times: CallTimes | null): KernelReport {
  const counts = kernel.counters.calls;
  const calls: CallReport[] = [];
  let syscalls = 0;
  for (const [number, count] of counts.entries()) {
    if (count === 0) continue;
    syscalls += count;
    calls.push({ name: syscallName(number), number, calls: count, ns: times === null ? null : (times.ns[number] ?? 0) });
  }
  return {
    schema: 'belljar-kernel-report/1',
    seconds: (kernel.now() - kernel.bootNs) / 1e9,
    forks: kernel.forks,
    switches: kernel.switches,
    syscalls,
    calls: calls.sort((a, b) => b.calls - a.calls),
    otherNs: times === null ? null : (times.ns[512] ?? 0),
    refused: Object.fromEntries(kernel.counters.report()),
  };
}

const SHOWN = 20;

/** A few lines for people. */
export function kernelReportText(report: KernelReport): string {
  const refused = Object.entries(report.refused);
  const lines = [
    `belljar: ${report.syscalls} system calls in ${report.seconds.toFixed(2)} s, ${report.switches} slept, ${report.forks} tasks`,
  ];
  for (const { name, calls, ns } of report.calls.slice(0, SHOWN)) {
    const time = ns === null ? '' : `${(ns / 1e6).toFixed(1).padStart(10)} ms ${(ns / calls / 1000).toFixed(1).padStart(9)} us each`;
    lines.push(`  ${String(calls).padStart(8)}  ${name.padEnd(20)}${time}`.trimEnd());
  }
  if (report.calls.length > SHOWN) lines.push(`            and ${report.calls.length - SHOWN} more kinds`);
  if (refused.length > 0) lines.push('belljar: refused or unknown:');
  for (const [what, count] of refused) lines.push(`  ${String(count).padStart(8)}  ${what}`);
  return `${lines.join('\n')}\n`;
}
