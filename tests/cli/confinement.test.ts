/** What every process and thread of a running sandbox is on the host: uid, capabilities, seccomp, namespaces, descriptors. */
import { deepStrictEqual, notStrictEqual, ok, strictEqual, throws } from 'node:assert/strict';
import { openSync, readFileSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { descriptorsOf, isRoot, type Mode, modes, namespaceOf, type Running, start, statusOf, threadsOf } from './sandbox.ts';

/** CHOWN, DAC_OVERRIDE, FOWNER, FSETID: native/launcher.c says why. */
const KERNEL_CAPABILITIES = '000000000000001b';
const NONE = '0000000000000000';
const sets = ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'];

for (const mode of modes) {
  test(`a sandbox started as ${mode}`, { timeout: 60_000 }, async (t) => {
    const sandbox = await start(mode);
    try {
      await t.test('uid, and no new privileges, in every thread', () => uids(sandbox, mode));
      await t.test('capabilities of every thread', () => capabilities(sandbox));
      await t.test('every thread but the waiter is under a seccomp filter', () => filters(sandbox));
      await t.test('namespaces', () => namespaces(sandbox, mode));
      await t.test("the root holds the container's trees and nothing else", () => mounts(sandbox));
      await t.test('descriptors', () => descriptors(sandbox));
      await t.test('limits', () => limits(sandbox));
    } finally {
      sandbox.child.kill('SIGKILL');
      await sandbox.ended;
    }
  });
}

const everyone = (sandbox: Running): number[] => [sandbox.waiter, sandbox.kernel, ...sandbox.stubs];

function eachThread(pids: readonly number[], check: (status: Map<string, string>, place: string) => void): void {
  for (const pid of pids) for (const tid of threadsOf(pid)) check(statusOf(pid, tid), `${pid}/${tid}`);
}

function uids(sandbox: Running, mode: Mode): void {
  const uid = mode === 'nobody' && isRoot ? 65534 : (process.getuid?.() ?? 0);
  eachThread(everyone(sandbox), (status, place) => {
    strictEqual(status.get('Uid'), [uid, uid, uid, uid].join('\t'), place);
    strictEqual(status.get('NoNewPrivs'), '1', place);
  });
  ok(sandbox.stubs.length >= 3, 'a zygote and two guests');
}

function capabilities(sandbox: Running): void {
  eachThread([sandbox.kernel], (status, place) => {
    for (const set of [...sets, 'CapBnd']) strictEqual(status.get(set), KERNEL_CAPABILITIES, `${set} of kernel thread ${place}`);
  });
  eachThread([sandbox.waiter, ...sandbox.stubs], (status, place) => {
    for (const set of sets) strictEqual(status.get(set), NONE, `${set} of ${place}`);
  });
}

function filters(sandbox: Running): void {
  ok(threadsOf(sandbox.kernel).length > 1, 'Node has threads of its own');
  eachThread([sandbox.kernel, ...sandbox.stubs], (status, place) => strictEqual(status.get('Seccomp'), '2', place));
}

function namespaces(sandbox: Running, mode: Mode): void {
  for (const pid of [sandbox.kernel, ...sandbox.stubs])
    for (const kind of ['mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup'])
      notStrictEqual(namespaceOf(pid, kind), namespaceOf('self', kind), `${kind} of ${pid}`);
  if (mode !== 'root')
    for (const pid of everyone(sandbox)) notStrictEqual(namespaceOf(pid, 'user'), namespaceOf('self', 'user'), String(pid));
  // The sandbox is pid 1 of its namespace, so that its end is the end of all.
  strictEqual(statusOf(sandbox.kernel, String(sandbox.kernel)).get('NSpid')?.split('\t').at(-1), '1');
}

function mounts(sandbox: Running): void {
  for (const pid of everyone(sandbox)) {
    const lines = readFileSync(`/proc/${pid}/mountinfo`, 'latin1').trim().split('\n');
    // Of two mounts at one place the later one is seen; and nothing below it.
    const seen = new Map<string, string>();
    for (const line of lines) {
      const fields = line.split(' ');
      const point = fields[4] ?? '';
      for (const other of [...seen.keys()])
        if (other.startsWith(`${point === '/' ? '' : point}/`) && fields[3] !== undefined && point !== '/') seen.delete(other);
      seen.set(point, line);
    }
    for (const [point, line] of seen) {
      // /1: the part of sysfs that says which CPUs there are, which programs ask for.
      if (point === '/1' && line.includes(' /devices/system/cpu ')) continue;
      ok(point === '/' || point === '/proc' || point.startsWith('/0'), `${pid}: ${line}`);
      const [left = '', right = ''] = line.split(' - ');
      const options = left.split(' ')[5]?.split(',') ?? [];
      const type = right.split(' ')[0];
      ok(options.includes('nosuid') && options.includes('nodev'), line);
      if (point.startsWith('/0')) {
        ok(options.includes('ro'), `the host's root is never writable: ${line}`);
        ok(!['proc', 'sysfs', 'devtmpfs', 'devpts', 'cgroup', 'cgroup2', 'tracefs', 'debugfs'].includes(type ?? ''), line);
      }
      if (point === '/proc') ok(right.includes('subset=pid'), line);
    }
    ok(/^\/(0.*)?$/.test(readlinkSync(`/proc/${pid}/cwd`)), 'working directory');
  }
}

function descriptors(sandbox: Running): void {
  // Guests' processes hold at most the socket that descriptors for mappings come by.
  for (const pid of sandbox.stubs)
    for (const [fd, target] of descriptorsOf(pid)) ok(fd === 0 && target.startsWith('socket:'), `${pid}: ${fd} -> ${target}`);
  for (const [fd, target] of descriptorsOf(sandbox.waiter))
    ok(fd === 2 || /^(socket:|anon_inode:\[signalfd\])/.test(target), `waiter: ${fd} -> ${target}`);
  const known =
    /^(pipe:|socket:|anon_inode:\[(eventfd|eventpoll|timerfd|inotify|pidfd|io_uring)\]|\/memfd:|\/dev\/null|\/null|\/proc(\/\d+\/(mem|task\/\d+\/schedstat))?$|\/$|\/.*\.map$|\/[0-9]+(\/|$))/;
  for (const [fd, target] of descriptorsOf(sandbox.kernel)) {
    const { flags, mountReadOnly } = describe(sandbox.kernel, fd);
    // Files that tell of the host's kernel are open for reading, on a mount that forbids to open them anew for writing.
    const tellsOfHost = (flags & 3) === 0 && mountReadOnly !== false;
    ok(known.test(target) || tellsOfHost || (flags & O_PATH) !== 0, `kernel: ${fd} -> ${target}, flags ${flags.toString(8)}`);
  }
  // The proof: opening them anew for writing is refused, as it would be to the kernel itself.
  for (const [fd, target] of descriptorsOf(sandbox.kernel)) {
    if (!/^\/(stat|meminfo|loadavg|vmstat|(sys\/)?kernel\/|sys\/fs\/cgroup)/.test(target)) continue;
    throws(() => openSync(`/proc/${sandbox.kernel}/fd/${fd}`, 'r+'), /EROFS|EACCES|EPERM|EIO/, target);
  }
}

const O_PATH = 0o10000000;

/** Open flags, and whether the mount is read-only (null: it is not in our name space). */
function describe(pid: number, fd: number): { flags: number; mountReadOnly: boolean | null } {
  const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1');
  const flags = parseInt(/^flags:\s+(\d+)/m.exec(info)?.[1] ?? '0', 8);
  const mount = /^mnt_id:\s+(\d+)/m.exec(info)?.[1];
  const line = readFileSync(`/proc/${pid}/mountinfo`, 'latin1')
    .split('\n')
    .find((text) => text.startsWith(`${mount} `));
  return { flags, mountReadOnly: line === undefined ? null : (line.split(' ')[5]?.split(',').includes('ro') ?? false) };
}

function limits(sandbox: Running): void {
  for (const pid of [sandbox.kernel, ...sandbox.stubs]) {
    const core = readFileSync(`/proc/${pid}/limits`, 'latin1').match(/^Max core file size\s+(\d+)\s+(\d+)/m);
    deepStrictEqual([core?.[1], core?.[2]], ['0', '0'], `no core dumps of ${pid}`);
  }
}
