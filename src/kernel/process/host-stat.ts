/** Reads the host's proc_pid_stat(5) and proc_pid_status(5) of a stub. */

/** Fields of stat that are used. Times in clock ticks, rss in pages. */
export interface HostStat {
  minorFaults: number;
  majorFaults: number;
  userTicks: number;
  systemTicks: number;
  resident: number;
  processor: number;
}

const nothing: Readonly<HostStat> = { minorFaults: 0, majorFaults: 0, userTicks: 0, systemTicks: 0, resident: 0, processor: 0 };

/** All zero for an empty text (the process is gone). */
export function parseHostStat(text: string): Readonly<HostStat> {
  // The name in the second field may hold anything; the rest is numbers from the third field on.
  const from = text.lastIndexOf(')');
  if (from < 0) return nothing;
  const fields = text.slice(from + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3] ?? 0);
  return {
    minorFaults: field(10),
    majorFaults: field(12),
    userTicks: field(14),
    systemTicks: field(15),
    resident: field(24),
    processor: field(39),
  };
}

/** The value of "Name:\tvalue" in a status-like text, without the newline; null if there is no such line. */
export function statusField(text: string, name: string): string | null {
  const key = `${name}:\t`;
  const found = text.startsWith(key) ? 0 : text.indexOf(`\n${key}`) + 1;
  if (found === 0 && !text.startsWith(key)) return null;
  const start = found + key.length;
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? text.length : end);
}
/** Such a value in KiB ("    1776 kB"); 0 if it is not there. */
export function statusKilobytes(text: string, name: string): number {
  const value = statusField(text, name);
  return value === null ? 0 : Number.parseInt(value.trimStart(), 10) || 0;
}
