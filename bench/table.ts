/** The table of docs/performance.md: medians of each runtime, multiples of native, and what issue 2 asks of Belljar. */

export interface Row {
  readonly name: string;
  /** Median by runtime, in the row's unit. */
  readonly medians: Readonly<Record<string, number>>;
  readonly count: number;
}

/** Label, unit and, as a multiple of native, what is asked of Belljar and what the newest runsc reaches (issue 2). */
const known: Readonly<Record<string, readonly [label: string, asked?: number, runsc?: number]>> = {
  getppid_libc: ['getppid by libc stub, ns', 2.5, 4.1],
  getppid_raw: ['getppid by syscall(), ns', 14, 27.6],
  clock_gettime: ['clock_gettime, ns', 1.3, 1.2],
  pread_zero: ['pread 1 B of /dev/zero, ns', 3.3, 4.1],
  pread_file: ['pread 1 B of a file, ns', 5, 8.7],
  stat: ['stat on rootfs, ns', 4, 15.4],
  openclose: ['open+close on rootfs, ns', 4, 10.6],
  write4k: ['pwrite 4 KiB, ns', 3, 3.9],
  creat_unlink: ['create+close+unlink, ns', 2, 2.3],
  pipe_rt: ['pipe ping-pong, ns', 1.8, 2.0],
  fork_wait: ['fork+exit+wait, ns', 3.5, 9.8],
  fork_exec: ['fork+exec+wait (static), ns', 3, 7.0],
  mmap_touch_pg: ['fresh memory, ns per page', 1.1, 1.5],
  mmap4k_cycle: ['mmap 4 KiB+touch+munmap, ns', 2, 12],
  futex_rt: ['futex ping-pong, ns', 1.2, 0.4],
  cpu_iter: ['CPU loop, ns', 1.02, 1.0],
  write_null: ['write 1 B to /dev/null, ns'],
  unix_rt: ['unix socket ping-pong, ns'],
  epoll_wait: ['epoll_wait, one ready, ns'],
  signal_self: ['signal to itself and handler, ns'],
  thread_join: ['thread create+join, ns'],
  mprotect: ['mprotect of a page, ns'],
  tcp_rt: ['TCP loopback ping-pong, ns'],
};
/** The rows of micro.c, in the order of the table. Its `tcp_rt` joins them with the network. */
export const microRows: readonly string[] = Object.keys(known).filter((name) => name !== 'tcp_rt');

const names = ['native', 'runc', 'runsc', 'belljar'] as const;

export function table(rows: readonly Row[], machine: string, problems: readonly string[]): string {
  const lines = [
    `Machine: ${machine}. Medians; "x" columns are multiples of native in the same run. runsc is Debian's package; the last column is what the`,
    'newest runsc reached on another run (x native). Start-up is compared with runc.',
    '',
    '| | native | runc | runsc | belljar | runsc x | belljar x | asked | newest runsc x |',
    '|---|---|---|---|---|---|---|---|---|',
  ];
  for (const row of rows) {
    const pinned = row.name.endsWith(' (pinned)');
    const entry = known[pinned ? row.name.slice(0, -9) : row.name];
    const startUp = row.name.startsWith('start-up');
    const base = row.medians[startUp ? 'runc' : 'native'];
    const times = (name: string): string => {
      const value = row.medians[name];
      if (value === undefined || base === undefined || base === 0) return '-';
      const ratio = value / base;
      return `${ratio >= 10 ? Math.round(ratio) : ratio.toPrecision(2)}${startUp ? ' (runc)' : ''}`;
    };
    const asked = startUp
      ? '2.4'
      : row.name.startsWith('idle private')
        ? '20 MB'
        : row.name.startsWith('idle CPU')
          ? '0'
          : pinned
            ? 'runsc x'
            : (entry?.[1] ?? '');
    const newest = startUp ? '3.4' : pinned ? '' : (entry?.[2] ?? '');
    const label = `${entry?.[0] ?? row.name}${pinned ? ' (pinned)' : ''}`;
    lines.push(
      `| ${label} | ${names.map((name) => figure(row.medians[name])).join(' | ')} | ${times('runsc')} | ${times('belljar')} | ${asked} | ${newest} |`,
    );
  }
  if (problems.length > 0) lines.push('', 'Not measured:', ...problems.map((text) => `- ${text}`));
  return `${lines.join('\n')}\n`;
}

function figure(value: number | undefined): string {
  if (value === undefined) return '-';
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}
