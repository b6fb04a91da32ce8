/** Numbers as people read them, one way in every format. */

/** 15300 is "15.3k", 2340000 is "2.34M"; below a thousand, three figures. */
export function rate(value: number | null): string {
  if (value === null) return '-';
  if (value >= 1e6) return `${figures(value / 1e6)}M`;
  if (value >= 1e3) return `${figures(value / 1e3)}k`;
  return figures(value);
}

/** Binary units: 104857600 is "100 MiB". */
export function bytes(value: number | null): string {
  if (value === null) return '-';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let scaled = value;
  let unit = 0;
  while (scaled >= 1024 && unit < units.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${figures(scaled)} ${units[unit]}`;
}

/** Percent with two figures that matter; a loss below a hundredth is "0.00". */
export function percent(value: number): string {
  const size = Math.abs(value);
  const text = value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
  return /^-0\.?0*$/.test(text) ? text.slice(1) : text;
}

export function nanoseconds(value: number): string {
  if (value >= 1e6) return `${figures(value / 1e6)} ms`;
  if (value >= 1e3) return `${figures(value / 1e3)} us`;
  return `${figures(value)} ns`;
}

function figures(value: number): string {
  const size = Math.abs(value);
  const text = value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

export const configurationNames: Readonly<Record<string, string>> = {
  'kpti-pcid': 'KPTI with PCID',
  'kpti-nopcid': 'KPTI without PCID',
  'kpti-pcid-hugepages': 'KPTI with PCID, huge pages',
  belljar: 'Belljar sandbox',
};

export const factorNames: Readonly<Record<string, string>> = {
  calls: 'system calls',
  entry: 'kernel entries',
  wakeups: 'kernel wake-ups',
  crowding: 'no CPU left',
  switches: 'context switches',
  faults: 'page faults',
  touched: 'memory touched',
  hugePages: 'huge pages',
  pattern: 'access pattern',
  syscalls: 'system calls',
  'context-switches': 'context switches',
  'page-faults': 'page faults',
  'working-set': 'working set',
  'tlb-walks': 'TLB walks',
  mix: 'which calls',
  'cpu-clock': 'CPU time',
};
