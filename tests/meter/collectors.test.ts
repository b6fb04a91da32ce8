/** The parsers on recorded inputs of several kernels and machines, and what is said of what is missing. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { parseProcStat, parseTaskStat } from '#meter/collectors/cpu-clock.ts';
import { kptiState, parseCaches, parseCpuinfo, readMachine, tlbEntriesOf } from '#meter/collectors/machine.ts';
import { refusal } from '#meter/collectors/perf-counter.ts';
import { parseCpuList } from '#meter/collectors/scope.ts';
import { benchPath } from '#meter/calibrate/bench-process.ts';
import { mixByClass, syscallName } from '#meter/collectors/syscall-mix.ts';
import { walkEventsOf } from '#meter/collectors/tlb.ts';
import { findSyscallTracepoint, parse, tracefsRoots } from '#meter/collectors/tracepoint.ts';
import { parseSmaps } from '#meter/collectors/working-set.ts';
import { shapeMix, shapeNames, slots, type Shape } from '#meter/model/shapes.ts';
import { measuredUnderOf } from '#meter/inputs.ts';
import { byteCount, quantity } from '#cli/meter-command.ts';

// The same fields from 4.14 to 6.x; 6.x has one more common line in some builds.
const format = `name: sys_enter
ID: 17
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;
\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

\tfield:long id;\toffset:8;\tsize:8;\tsigned:1;
\tfield:unsigned long args[6];\toffset:16;\tsize:48;\tsigned:0;
`;

test('tracepoint: number and field from tracefs, wherever it is mounted', () => {
  const files: Record<string, string> = {
    '/proc/mounts': 'proc /proc proc rw 0 0\nnodev /mnt/tr tracefs rw 0 0\n',
    '/mnt/tr/events/raw_syscalls/sys_enter/id': '17\n',
    '/mnt/tr/events/raw_syscalls/sys_enter/format': format,
  };
  const read = (path: string): string => {
    if (files[path] === undefined) throw new Error('ENOENT');
    return files[path];
  };
  assert.deepEqual(findSyscallTracepoint(read), { kind: 'ok', value: { id: 17, numberOffset: 8, source: '/mnt/tr' } });
});

test('tracepoint: an old kernel shows tracefs only below debugfs', () => {
  assert.ok(tracefsRoots('d /dbg debugfs rw 0 0\n').includes('/dbg/tracing'));
});

test('tracepoint: nonsense is a failure, not a number', () => {
  assert.equal(parse('x', format, '').kind, 'failed');
  assert.equal(parse('17', 'field:int id; offset:8; size:4;', '').kind, 'failed');
});

test('cpuinfo of an AMD EPYC, of an Intel Skylake under KAISER, and of nothing', () => {
  const amd = parseCpuinfo(
    'processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC 7763\ncpu MHz\t\t: 2445.4\nflags\t\t: fpu pcid pge\n\nprocessor\t: 1\n',
  );
  assert.deepEqual(
    [amd.vendor, amd.family, amd.modelNumber, amd.mhz, amd.cpus, amd.flags.has('pcid')],
    ['AuthenticAMD', 25, 1, 2445.4, 2, true],
  );
  assert.equal(tlbEntriesOf(amd.vendor, amd.family, amd.modelNumber), 2048);
  const intel = parseCpuinfo(
    'processor : 0\nvendor_id : GenuineIntel\ncpu family : 6\nmodel : 85\nmodel name : Intel(R) Xeon(R)\nflags : fpu kaiser pcid\n',
  );
  assert.equal(tlbEntriesOf(intel.vendor, intel.family, intel.modelNumber), 1536);
  assert.equal(parseCpuinfo('').cpus, 0);
});

test('KPTI in words, on kernels from 4.4 to 6.x', () => {
  const facts = { meltdown: '', flags: new Set<string>(), vendor: 'GenuineIntel', commandLine: '', ptiEnabled: '' };
  const state = (change: Partial<typeof facts>) => kptiState({ ...facts, ...change });
  assert.equal(state({ meltdown: 'Not affected\n' }).state, 'not-needed');
  assert.equal(state({ meltdown: 'Mitigation: PTI\n', flags: new Set(['pti', 'pcid']) }).state, 'on');
  assert.match(state({ meltdown: 'Mitigation: PTI\n', flags: new Set(['pti', 'pcid']) }).words, /with PCID/);
  assert.match(state({ flags: new Set(['kaiser']) }).words, /without PCID/);
  assert.match(state({ flags: new Set(['pti', 'pcid']), commandLine: 'ro nopcid' }).words, /without PCID/);
  const off = state({ meltdown: 'Vulnerable', commandLine: 'ro mitigations=off quiet' });
  assert.equal(off.state, 'off');
  assert.match(off.words, /mitigations=off/);
  assert.equal(state({ ptiEnabled: '0\n', flags: new Set(['pti']) }).state, 'off');
  assert.match(state({ ptiEnabled: '1\n' }).words, /pti_enabled/);
  assert.equal(state({ flags: new Set(['pcid']) }).state, 'unknown');
  assert.match(state({ meltdown: 'Unknown (XEN PV detected, hypervisor mitigation required)\n' }).words, /XEN PV/);
});

test('KPTI forced on an AMD machine that is a virtual one (recorded: PVM guest, Linux 6.18, pti=on)', () => {
  const { state, words } = kptiState({
    meltdown: 'Mitigation: PTI\n',
    flags: new Set(['pti', 'hypervisor', 'invlpg']),
    vendor: 'AuthenticAMD',
    commandLine: 'mitigations=auto,no_guest_host,no_guest_guest quiet clocksource=kvm-clock pti=on tsc=reliable',
    ptiEnabled: '',
  });
  assert.equal(state, 'on');
  assert.match(words, /without PCID.*booted with pti=on.*forced.*virtual machine/s);
  const files: Record<string, string> = {
    '/proc/cpuinfo':
      'processor : 0\nvendor_id : AuthenticAMD\ncpu family : 26\nmodel : 17\nmodel name : AMD EPYC\ncpu MHz : 2096.013\nflags : fpu pti hypervisor\n',
    '/sys/devices/system/cpu/vulnerabilities/meltdown': 'Mitigation: PTI\n',
  };
  const machine = readMachine((path) => files[path] ?? '');
  assert.equal(measuredUnderOf(machine), 'kpti-nopcid');
  assert.match(machine.cacheSource, /assumed/);
});

test('a machine of which no file can be read is the published one, and says so', () => {
  const machine = readMachine(() => '');
  assert.equal(machine.ghzSource, 'assumed');
  assert.equal(machine.kpti, 'unknown');
  assert.equal(machine.shape.level2Bytes, 2 ** 20);
});

test('caches: data of the first level, unified second', () => {
  const files: Record<string, string> = {
    'index0/level': '1',
    'index0/type': 'Data',
    'index0/size': '48K',
    'index1/level': '1',
    'index1/type': 'Instruction',
    'index1/size': '32K',
    'index2/level': '2',
    'index2/type': 'Unified',
    'index2/size': '2048K',
    'index3/level': '3',
    'index3/type': 'Unified',
    'index3/size': '32M',
  };
  assert.deepEqual(
    parseCaches((path) => files[path] ?? ''),
    { level1: 49152, level2: 2 ** 21 },
  );
});

test('smaps_rollup of 4.14, smaps of 6.x with huge pages, and one without Referenced', () => {
  const rollup =
    '00400000-7ffc rollup ---p 00000000 00:00 0 [rollup]\nRss:                1024 kB\nPss:                 512 kB\nReferenced:          768 kB\nAnonHugePages:         0 kB\n';
  assert.deepEqual(parseSmaps(rollup), { referencedBytes: 768 * 1024, residentBytes: 2 ** 20, hugeBytes: 0 });
  const maps =
    'a-b rw-p 0 00:00 0\nRss: 2048 kB\nReferenced: 2048 kB\nAnonHugePages: 2048 kB\nFilePmdMapped: 0 kB\nc-d r--p\nRss: 4 kB\nReferenced: 0 kB\n';
  assert.deepEqual(parseSmaps(maps), { referencedBytes: 2 ** 21, residentBytes: 2052 * 1024, hugeBytes: 2 ** 21 });
  assert.equal(parseSmaps('Rss: 4 kB\n'), null);
});

test('/proc/stat: busy leaves out idle, iowait and steal; offline CPUs leave a hole', () => {
  const times = parseProcStat('cpu  1 1 1 1\ncpu0 100 0 50 1000 500 10 40 300 0 0\ncpu2 10 0 0 0 0 0 0 0 0 0\nintr 5\n');
  assert.deepEqual(times, { busy: [2, 0.1], system: [1, 0] });
});

test('/proc/PID/stat: a name with brackets and spaces', () => {
  assert.deepEqual(parseTaskStat('12 (a) b (c)) S 1 12 12 0 -1 4194304 100 0 0 0 250 50 0 0 20'), { user: 2.5, system: 0.5 });
  assert.equal(parseTaskStat('rubbish'), null);
});

test('CPU lists', () => {
  assert.deepEqual(parseCpuList('0-2,5\n'), [0, 1, 2, 5]);
  assert.deepEqual(parseCpuList('0\n'), [0]);
});

test('TLB events: Skylake and Sapphire Rapids differ, AMD has none', () => {
  assert.equal(walkEventsOf('GenuineIntel', 6, 0x55)?.raw[0], 0x1008);
  assert.equal(walkEventsOf('GenuineIntel', 6, 0x8f)?.raw[0], 0x1012);
  assert.equal(walkEventsOf('AuthenticAMD', 25, 1), null);
});

test('the mix by class sums to one, and unknown numbers are kept', () => {
  const mix = mixByClass({
    byNumber: new Map([
      [0, 30],
      [1, 30],
      [202, 30],
      [999, 10],
    ]),
  })!;
  assert.ok(Math.abs(Object.values(mix).reduce((a, b) => a + b, 0) - 1) < 1e-12);
  assert.equal(mix.futex, 0.3);
  assert.equal(mix.other, 0.1);
  assert.equal(mixByClass({ byNumber: new Map() }), null);
  assert.equal(syscallName(0), 'read');
});

test('calls become shapes: by argument, by failure, and less what starting programs makes', () => {
  const counts = {
    failedShare: new Map([[257, 0.5]]),
    meanResult: new Map([[0, 512]]),
    pausedShare: 0.25,
    programs: 10,
    processes: 10,
    threads: 0,
  };
  const shapes = shapeMix({
    ...counts,
    bySlot: new Map([
      [0, 410], // read: 10 are the loader's
      [257, 220], // openat: 20 are the loader's
      [58, 10], // vfork
      [59, 10], // execve
      [slots.mapAnonymous, 130], // 30 are the loader's
      [slots.statDescriptor, 220], // 20 are the loader's
    ]),
  })!;
  const per = (shape: Shape): number => Math.round((shapes.turns[shape] ?? 0) * 1000);
  assert.equal(per('file-data'), 400);
  assert.equal(per('file-missing'), 100);
  assert.equal(per('open-close'), 50);
  assert.equal(per('memory'), 50);
  assert.equal(per('file-descriptor'), 200);
  assert.equal(per('exec'), 10);
  assert.equal(per('fork'), 0);
  assert.equal(Math.round(shapes.entries * 1000), 900);
  assert.equal(shapes.bytes['file-data'], 512);
  assert.equal(shapes.paused, 0.25);
  assert.equal(shapeMix({ ...counts, bySlot: new Map() }), null);
});

test('the shapes of the benchmark and of the model are the same', {
  skip: existsSync(benchPath) ? false : 'meter-bench is not built',
}, () => {
  assert.deepEqual(execFileSync(benchPath, ['classes'], { encoding: 'utf8' }).trim().split('\n').sort(), [...shapeNames].sort());
});

test('a refused counter says why and how to get it; "no data" is not "failed"', () => {
  const event = { name: 'cycles', type: 0, config: 0, absent: 'no performance counters here' };
  assert.deepEqual(refusal(-13, event), {
    kind: 'no-data',
    reason: 'no permission to count cycles (EACCES)',
    howTo: 'run as root or with CAP_PERFMON, or: sysctl kernel.perf_event_paranoid=-1',
  });
  assert.equal(refusal(-2, event).kind, 'no-data');
  assert.equal(refusal(-22, event).kind, 'failed');
});

test('rates and sizes as people type them', () => {
  assert.equal(quantity('50k'), 50_000);
  assert.equal(quantity('1.5M'), 1_500_000);
  assert.equal(byteCount('100M'), 104_857_600);
  assert.equal(byteCount('64KiB'), 65_536);
  assert.throws(() => quantity('-5'));
  assert.throws(() => byteCount('lots'));
});
