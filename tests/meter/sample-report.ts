/** A fixed measurement for the golden tests and the browser: the numbers are made up, the shapes are real. */
import type { Machine } from '#meter/collectors/machine.ts';
import { inputsFor } from '#meter/inputs.ts';
import type { Measurement, Sample } from '#meter/session.ts';
import { measurementReport, type MeterReport } from '#report/meter-report.ts';

const machine: Machine = {
  model: 'Intel(R) Xeon(R) Platinum 8124M CPU @ 3.00GHz',
  vendor: 'GenuineIntel',
  family: 6,
  modelNumber: 0x55,
  kernel: '4.14.12',
  cpus: 2,
  shape: { ghz: 3.5, level1Bytes: 32768, level2Bytes: 2 ** 20, tlbEntries: 1536 },
  ghzSource: 'cpufreq',
  tlbSource: 'table of CPU families',
  cacheSource: 'sysfs',
  pcid: true,
  hugePages: 'madvise',
  kpti: 'off',
  kptiWords: 'This CPU is affected by Meltdown and KPTI is off: it is possible here.',
  mitigations: { meltdown: 'Vulnerable', spectre_v1: 'Vulnerable', l1tf: 'Not affected' },
};

const interval = (scale: number): Sample => ({
  wallSeconds: 1,
  cpuSeconds: 1.5,
  syscalls: 60_000 * scale,
  contextSwitches: 3000 * scale,
  pageFaults: 900 * scale,
  perCpu: [
    { cpu: 0, busySeconds: 0.9, syscalls: 40_000 * scale, contextSwitches: 2000 * scale, pageFaults: 500 * scale },
    { cpu: 1, busySeconds: 0.6, syscalls: 20_000 * scale, contextSwitches: 1000 * scale, pageFaults: 400 * scale },
  ],
});

const measurement: Measurement = {
  description: 'process 4242 (orders) and its children',
  startedAt: '2026-01-02T03:04:05.000Z',
  machine,
  total: {
    ...interval(2),
    wallSeconds: 2,
    cpuSeconds: 3,
    perCpu: interval(2).perCpu.map((c) => ({ ...c, busySeconds: c.busySeconds! * 2 })),
  },
  intervals: [interval(1), interval(1)],
  factors: {
    syscallsPerSecond: 40_000,
    contextSwitchesPerSecond: 2000,
    pageFaultsPerSecond: 600,
    workingSetBytes: 80 * 2 ** 20,
    touchedBytes: null,
    tlbWalkPercent: null,
    systemTimeShare: 0.22,
    dataBytes: 8192,
    mix: { 'file-data': 0.5, 'pipe-socket': 0.3, futex: 0.15, 'open-close': 0.05 },
    shapes: {
      turns: { 'file-data': 0.5, socket: 0.15, futex: 0.15, 'open-close': 0.025 },
      bytes: { 'file-data': 8192 },
      entries: 1,
      paused: null,
    },
    commandSeconds: null,
    busyCpus: 1.5,
  },
  calls: [
    { name: 'read', share: 0.5, perCpuSecond: 20_000 },
    { name: 'sendto', share: 0.3, perCpuSecond: 12_000 },
    { name: 'futex', share: 0.15, perCpuSecond: 6000 },
    { name: 'openat', share: 0.05, perCpuSecond: 2000 },
  ],
  mixSamples: { samples: 1800, lost: 0 },
  workingSet: { referencedBytes: 80 * 2 ** 20, residentBytes: 200 * 2 ** 20, hugeBytes: 0 },
  missing: [
    {
      factor: 'tlb-walks',
      reason: 'no performance counters here (common in virtual machines)',
      howTo: 'a machine or kernel that has cycles',
      failed: false,
    },
  ],
  collectors: [{ name: 'syscalls', seconds: 0.0001, turns: 2, failures: 0 }],
  overhead: { nsPerCall: 55, meterCpuPercent: 0.4, percent: 0.22 },
  exitCode: null,
};

export function sampleReport(): MeterReport {
  return measurementReport(measurement, inputsFor(machine, { calibration: null, comparison: null }));
}

/** The same with names that try to break out of every format. */
export function hostileReport(): MeterReport {
  const evil = '</title><script>globalThis.hit=1</script><img src=x onerror="globalThis.hit=1">|`"\u0007,\n# x';
  return measurementReport(
    {
      ...measurement,
      description: evil,
      calls: [{ name: evil, share: 1, perCpuSecond: 1 }],
      missing: [{ factor: 'mix', reason: evil, howTo: evil, failed: true }],
      machine: { ...machine, model: evil, kernel: evil, kptiWords: evil, mitigations: { [evil]: evil } },
    },
    inputsFor(machine, { calibration: null, comparison: null }),
  );
}
