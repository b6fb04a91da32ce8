/**
 * /proc inside against /proc outside: the same files, modes, fields, order and columns. Values differ; `shape` is what is
 * left of a file when they are taken out. One run of a small script natively and one in the jar feed all tests.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { runJar, runNative } from '../guest/jar.ts';

const FILES = [
  '/proc/self/stat',
  '/proc/self/statm',
  '/proc/self/status',
  '/proc/self/limits',
  '/proc/self/maps',
  '/proc/self/smaps',
  '/proc/self/smaps_rollup',
  '/proc/self/numa_maps',
  '/proc/self/io',
  '/proc/self/sched',
  '/proc/self/schedstat',
  '/proc/self/oom_score',
  '/proc/self/oom_score_adj',
  '/proc/self/syscall',
  '/proc/self/mountinfo',
  '/proc/self/mounts',
  '/proc/self/fdinfo/0',
  '/proc/self/comm',
  '/proc/self/personality',
  '/proc/self/uid_map',
  '/proc/self/timerslack_ns',
  '/proc/self/coredump_filter',
  '/proc/self/loginuid',
  '/proc/self/wchan',
  '/proc/self/timens_offsets',
  '/proc/meminfo',
  '/proc/cpuinfo',
  '/proc/stat',
  '/proc/vmstat',
  '/proc/uptime',
  '/proc/loadavg',
  '/proc/filesystems',
  '/proc/swaps',
  '/proc/partitions',
  '/proc/cgroups',
  '/proc/execdomains',
  '/proc/softirqs',
  '/proc/interrupts',
  '/proc/devices',
  '/proc/version',
  '/proc/sysvipc/msg',
  '/proc/sysvipc/sem',
  '/proc/sysvipc/shm',
  '/proc/net/arp',
  '/proc/net/dev',
  '/proc/net/tcp',
  '/proc/net/udp',
  '/proc/net/unix',
  '/proc/net/route',
  '/proc/net/packet',
  '/proc/net/netlink',
  '/proc/sys/kernel/random/uuid',
  '/proc/sys/fs/file-nr',
  '/proc/sys/kernel/pid_max',
  '/proc/sys/vm/overcommit_memory',
  '/proc/sys/kernel/random/boot_id',
] as const;
type File = (typeof FILES)[number];

const MARK = '\x01';
const script = `for f in ${FILES.join(' ')}; do printf '${MARK}%s\\n' "$f"; cat "$f" 2>/dev/null; done
printf '${MARK}ls\\n'; cd /proc/self/ && ls -l . | tr -s ' ' | cut -d' ' -f1,9
printf '${MARK}lsroot\\n'; cd /proc && ls -l . | tr -s ' ' | cut -d' ' -f1,9
printf '${MARK}lstask\\n'; ls -l /proc/self/task/* | tr -s ' ' | cut -d' ' -f1,9`;

let host: Map<string, string>;
let jar: Map<string, string>;

function parse(text: string): Map<string, string> {
  return new Map(
    text
      .split(MARK)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)] as const),
  );
}

before(async () => {
  const [native, inside] = [await runNative(['/bin/sh', '-c', script]), await runJar(['/bin/sh', '-c', script], { timeoutMs: 30_000 })];
  equal(inside.timedOut, false, inside.stderr);
  host = parse(native.stdout);
  jar = parse(inside.stdout);
});

function texts(file: File): [string, string] {
  return [host.get(file) ?? '', jar.get(file) ?? ''];
}
function rows(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
/** "Name:   12 kB" as "Name:   ## kB": the number right-aligned where it is, so that its column counts. */
function shape(line: string): string {
  return line.replace(/ *\d+/g, (number) => '#'.repeat(number.length));
}
function names(text: string): string[] {
  return rows(text).map((line) => line.split(/[:\t ]/)[0] ?? '');
}
/** Same lines with the same columns; `only` picks lines that both have. */
function sameShape(file: File): void {
  const [outside, inside] = texts(file).map((text) => rows(text).map(shape)) as [string[], string[]];
  deepEqual(inside, outside, file);
}
/** Same names in the same order. Lines that a newer or older host has are in `optional`. */
function sameNames(file: File, optional: readonly string[] = []): void {
  const [outside, inside] = texts(file).map((text) => names(text).filter((name) => !optional.includes(name))) as [string[], string[]];
  deepEqual(inside, outside, file);
}

test('stat of a process has its 52 fields', () => {
  for (const text of texts('/proc/self/stat')) match(text, /^\d+ \(cat\) R( -?\d+){49}\n$/);
  const [outside, inside] = texts('/proc/self/stat').map((text) => text.trim().split(' ')) as [string[], string[]];
  equal(inside.length, outside.length);
  // rsslim, policy, exit signal: the same numbers for the same program.
  for (const field of [25, 38, 40, 41]) equal(inside[field - 1], outside[field - 1], `field ${field}`);
});

test('statm, schedstat, oom_score, loadavg, uptime', () => {
  for (const text of texts('/proc/self/statm')) match(text, /^(\d+ ){4}0 \d+ 0\n$/);
  for (const text of texts('/proc/self/schedstat')) match(text, /^\d+ \d+ \d+\n$/);
  for (const text of texts('/proc/self/oom_score')) match(text, /^\d+\n$/);
  for (const text of texts('/proc/loadavg')) match(text, /^(\d+\.\d\d ){3}\d+\/\d+ \d+\n$/);
  for (const text of texts('/proc/uptime')) match(text, /^\d+\.\d\d \d+\.\d\d\n$/);
  for (const text of texts('/proc/self/syscall')) match(text, /^0 0x3( 0x[0-9a-f]+){7}\n$/);
});

test('status: names, order, columns', () => {
  sameNames('/proc/self/status', ['x86_Thread_features', 'x86_Thread_features_locked', 'Kthread']);
  const [outside, inside] = texts('/proc/self/status').map((text) => new Map(rows(text).map((line) => [line.split(':')[0], line]))) as [
    Map<string, string>,
    Map<string, string>,
  ];
  for (const [name, line] of outside) {
    const mine = inside.get(name) ?? '';
    if (line.endsWith(' kB')) equal(mine.length, line.length, name);
    if (name.startsWith('Sig') || name.startsWith('Cap')) equal(mine.length, line.length, name);
  }
  match(inside.get('VmRSS') ?? '', /^VmRSS:\t +[1-9]\d* kB$/);
});

test('limits: the same table', () => {
  const columns = (text: string) => rows(text).map((line) => [line.slice(0, 26), line.slice(68), line.length]);
  const [outside, inside] = texts('/proc/self/limits').map(columns);
  deepEqual(inside, outside);
});

const MAPS_LINE = /^[0-9a-f]{8,}-[0-9a-f]{8,} [r-][w-][x-][ps] [0-9a-f]{8,} [0-9a-f]{2,}:[0-9a-f]{2,} \d+ +(\S.*)?$/;

test('maps: columns, and the same objects', () => {
  for (const text of texts('/proc/self/maps')) {
    for (const line of rows(text)) {
      match(line, MAPS_LINE);
      const name = line.match(/ ([/[].*)$/);
      if (name?.[1] !== undefined && !line.startsWith('7fffffff')) ok(line.indexOf(name[1]) >= 73, line);
    }
  }
  const objects = (text: string) =>
    [
      ...new Set(
        rows(text)
          .map((line) => line.slice(73))
          .filter((name) => name !== '' && !name.startsWith('[v') && name !== '[belljar]'),
      ),
    ].sort();
  const [outside, inside] = texts('/proc/self/maps').map(objects);
  deepEqual(inside, outside);
});

test('smaps: fields of each area, in columns', () => {
  const fields = (text: string) => {
    const lines = rows(text);
    const start = lines.findIndex((line) => line.startsWith('Size:'));
    const end = lines.findIndex((line) => line.startsWith('VmFlags:'));
    return lines.slice(start, end).map((line) => [line.split(':')[0], line.length]);
  };
  const [outside, inside] = texts('/proc/self/smaps').map(fields);
  deepEqual(inside, outside);
  const [rollupOutside, rollupInside] = texts('/proc/self/smaps_rollup').map((text) =>
    rows(text)
      .slice(1)
      .map((line) => [line.split(':')[0], line.length]),
  );
  deepEqual(rollupInside, rollupOutside);
  const rss = Number(/^Rss: +(\d+) kB/m.exec(jar.get('/proc/self/smaps_rollup') ?? '')?.[1]);
  ok(rss > 200 && rss < 100_000, `Rss ${rss} kB`);
});

test('io, fdinfo, meminfo, vmstat, sched: names in order', () => {
  sameNames('/proc/self/io');
  deepEqual(names(jar.get('/proc/self/fdinfo/0') ?? '').slice(0, 4), names(host.get('/proc/self/fdinfo/0') ?? '').slice(0, 4));
  sameNames('/proc/meminfo');
  sameNames('/proc/vmstat');
  sameNames('/proc/self/sched', ['cat']);
  equal(Number(/^rchar: (\d+)/m.exec(jar.get('/proc/self/io') ?? '')?.[1]) > 0, true, 'reading itself counts');
});

test('files whose text is the same everywhere', () => {
  for (const file of [
    '/proc/self/personality',
    '/proc/self/uid_map',
    '/proc/self/timerslack_ns',
    '/proc/self/loginuid',
    '/proc/self/wchan',
    '/proc/self/comm',
    '/proc/self/coredump_filter',
    '/proc/self/timens_offsets',
    '/proc/execdomains',
    '/proc/self/oom_score_adj',
  ] as const)
    equal(jar.get(file), host.get(file), file);
  equal(rows(jar.get('/proc/swaps') ?? '')[0], rows(host.get('/proc/swaps') ?? '')[0]);
  equal(rows(jar.get('/proc/partitions') ?? '')[0], rows(host.get('/proc/partitions') ?? '')[0]);
  equal(rows(jar.get('/proc/cgroups') ?? '')[0], rows(host.get('/proc/cgroups') ?? '')[0]);
});

test('headings of tables', () => {
  for (const file of [
    '/proc/sysvipc/msg',
    '/proc/sysvipc/sem',
    '/proc/sysvipc/shm',
    '/proc/net/arp',
    '/proc/net/dev',
    '/proc/net/tcp',
    '/proc/net/udp',
    '/proc/net/unix',
    '/proc/net/route',
    '/proc/net/packet',
    '/proc/net/netlink',
  ] as const) {
    const [outside, inside] = texts(file).map((text) => text.slice(0, text.indexOf('\n')));
    equal(inside, outside, file);
  }
});

test('stat of the machine: a line for each counter', () => {
  for (const text of texts('/proc/stat')) {
    match(text, /^cpu {2}(\d+ ){9}\d+\ncpu0 (\d+ ){9}\d+\n/);
    deepEqual(
      names(text).filter((name) => !name.startsWith('cpu')),
      ['intr', 'ctxt', 'btime', 'processes', 'procs_running', 'procs_blocked', 'softirq'],
    );
  }
  equal((jar.get('/proc/stat')?.match(/^cpu\d/gm) ?? []).length, (host.get('/proc/stat')?.match(/^cpu\d/gm) ?? []).length);
  const btime = Number(/^btime (\d+)/m.exec(jar.get('/proc/stat') ?? '')?.[1]);
  ok(Math.abs(btime - Date.now() / 1000) < 120, 'the sandbox began just now');
});

test('softirqs, interrupts, filesystems, mountinfo', () => {
  sameShape('/proc/softirqs');
  equal(rows(jar.get('/proc/interrupts') ?? '')[0], rows(host.get('/proc/interrupts') ?? '')[0]);
  for (const line of rows(jar.get('/proc/filesystems') ?? '')) match(line, /^(nodev)?\t\w+$/);
  for (const text of texts('/proc/self/mountinfo'))
    for (const line of rows(text))
      match(line, /^\d+ \d+ \d+:\d+ \/\S* \/\S* r[wo]\S* ((shared|master|propagate_from):\d+ |unbindable )*- \S+ \S+ r[wo]\S*$/);
  for (const text of texts('/proc/self/mounts')) for (const line of rows(text)) match(line, /^\S+ \/\S* \S+ r[wo]\S* 0 0$/);
});

test("cpuinfo is the machine's", () => {
  const still = (text: string) => text.replace(/^cpu MHz.*$/gm, '');
  const [outside, inside] = texts('/proc/cpuinfo').map(still);
  equal(inside, outside);
});

test('sysctl values', () => {
  match(jar.get('/proc/sys/kernel/random/uuid') ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n$/);
  match(jar.get('/proc/sys/fs/file-nr') ?? '', /^\d+\t0\t\d+\n$/);
  match(jar.get('/proc/version') ?? '', /^Linux version \S+ \(\S+\) .+\n$/);
});

/** Mode strings by name. */
function listing(text: string | undefined): Map<string, string> {
  return new Map(
    rows(text ?? '')
      .map((line) => line.split(' '))
      .filter(([mode, name]) => mode !== 'total' && name !== undefined && !/^\d+$/.test(name))
      .map(([mode = '', name = '']) => [name, mode.slice(0, 10)]),
  );
}
/** What a container has no use for, or Linux has by configuration. */
const ABSENT = {
  ls: ['arch_status', 'autogroup', 'ksm_merging_pages', 'ksm_stat', 'timers', 'patch_state', 'latency'],
  lsroot: [
    'acpi',
    'asound',
    'bootconfig',
    'buddyinfo',
    'bus',
    'config.gz',
    'dma',
    'dynamic_debug',
    'fb',
    'iomem',
    'ioports',
    'irq',
    'kallsyms',
    'kcore',
    'kmsg',
    'kpagecgroup',
    'kpagecount',
    'kpageflags',
    'latency_stats',
    'mdstat',
    'mtd',
    'mtrr',
    'pagetypeinfo',
    'pressure',
    'sched_debug',
    'schedstat',
    'scsi',
    'slabinfo',
    'sysrq-trigger',
    'timer_list',
    'version_signature',
    'vmallocinfo',
    'zoneinfo',
  ],
  lstask: ['arch_status', 'ksm_merging_pages', 'ksm_stat', 'patch_state', 'latency'],
};

for (const [which, absent] of Object.entries(ABSENT)) {
  test(`files and modes (${which})`, () => {
    const outside = listing(host.get(which));
    const inside = listing(jar.get(which));
    for (const [name, mode] of outside) {
      if (absent.includes(name) || (which === 'lsroot' && name === 'modules')) continue;
      equal(inside.get(name), mode, name);
    }
    for (const name of inside.keys())
      ok(outside.has(name) || name === 'modules' || name === 'kpageflags', `${name} is in no Linux's /proc`);
  });
}

test('sysfs: CPUs as the host has them', async () => {
  const files = [
    'online',
    'possible',
    'present',
    'kernel_max',
    'cpu0/topology/core_id',
    'cpu0/topology/thread_siblings_list',
    'cpu0/cache/index0/size',
  ].map((name) => `/sys/devices/system/cpu/${name}`);
  const { stdout } = await runJar(['/bin/cat', ...files], { timeoutMs: 30_000 });
  const read = (file: string) => {
    try {
      return readFileSync(file, 'latin1');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw error;
    }
  };
  equal(stdout, files.map(read).join(''));
});
