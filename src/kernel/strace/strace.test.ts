import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as layouts from '#abi/layouts.gen.ts';
import { ENOENT, ERESTARTSYS } from '#abi/errno.ts';
import { rows, syscalls, type SyscallName } from '#abi/syscalls.ts';
import type { ReadMemory } from './guest.ts';
import { Strace } from './strace.ts';

/** A guest with memory at 0x10000, and a trace of one task. */
class Guest {
  readonly lines: string[] = [];
  readonly bytes = new Uint8Array(65536);
  readonly view = new DataView(this.bytes.buffer);
  readonly trace: Strace;
  now = 0;
  #used = 64;

  constructor(only?: string[]) {
    this.trace = new Strace({ write: (line) => this.lines.push(line), times: false, ...(only && { only: new Set(only) }) });
  }
  read: ReadMemory = (addr, target) => {
    const from = addr - 0x10000;
    if (from < 0 || from >= this.bytes.length) return -14;
    const length = Math.min(target.length, this.bytes.length - from);
    target.set(this.bytes.subarray(from, from + length));
    return length;
  };
  place(content: string | Uint8Array): number {
    const data = typeof content === 'string' ? Buffer.from(`${content}\0`, 'latin1') : content;
    const at = this.#used;
    this.bytes.set(data, at);
    this.#used += Math.ceil(data.length / 16) * 16;
    return 0x10000 + at;
  }
  struct(size: number, fill: (view: DataView, at: number) => void): number {
    const address = this.place(new Uint8Array(size));
    fill(this.view, address - 0x10000);
    return address;
  }
  enter(name: SyscallName, args: number[], tid = 3): void {
    const row = rows.find((entry) => entry.name === name);
    this.trace.enter(tid, row, row?.number ?? 0, [...args, 0, 0, 0, 0, 0, 0].slice(0, 6), this.read, this.now);
  }
  exit(result: number, tid = 3): void {
    this.trace.exit(tid, result, this.read, this.now);
  }
  /** The line of one whole call, without pid and padding. */
  call(name: SyscallName, args: number[], result: number): string {
    this.enter(name, args);
    this.exit(result);
    return (this.lines.at(-1) ?? '').slice('[pid     3] '.length).replace(/ +=/, ' =');
  }
}

const line = (...args: Parameters<Guest['call']>): string => new Guest().call(...args);

test('the whole line', () => {
  const guest = new Guest();
  guest.enter('openat', [-100, guest.place('/etc/passwd'), 0o2000000, 0]);
  guest.exit(3);
  guest.enter('close', [3]);
  guest.exit(0);
  assert.deepEqual(guest.lines, [
    '[pid     3] openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3',
    '[pid     3] close(3)                                = 0',
  ]);
});

test('open flags and the mode that counts only when a file may be made', () => {
  const guest = new Guest();
  const path = guest.place('f');
  assert.equal(guest.call('open', [path, 0o1101, 0o644], 3), 'open("f", O_WRONLY|O_CREAT|O_TRUNC, 0644) = 3');
  assert.equal(guest.call('openat', [-100, path, 0o4010002, 0], -ENOENT), 'openat(AT_FDCWD, "f", O_RDWR|O_SYNC) = -1 ENOENT');
  assert.equal(guest.call('openat', [5, path, 0o20200002, 0o600], 4), 'openat(5, "f", O_RDWR|O_TMPFILE, 0600) = 4');
});

test('strings are quoted, cut and escaped', () => {
  const guest = new Guest();
  assert.equal(guest.call('write', [1, guest.place('a\tb\n\x1b[0m\x001"\\'), 12], 12), 'write(1, "a\\tb\\n\\33[0m\\0001\\"\\\\", 12) = 12');
  assert.equal(guest.call('write', [1, guest.place('x'.repeat(40)), 40], 40), `write(1, "${'x'.repeat(32)}"..., 40) = 40`);
  assert.equal(guest.call('write', [1, 0x99999999, 4], -14), 'write(1, 0x99999999, 4) = -1 EFAULT');
  assert.equal(guest.call('read', [0, guest.place('hello'), 100], 3), 'read(0, "hel", 100) = 3');
  assert.equal(guest.call('read', [0, 0x10040, 100], -11), 'read(0, 0x10040, 100) = -1 EAGAIN');
});

test('memory calls', () => {
  assert.equal(
    line('mmap', [0, 8192, 3, 0x22, -1, 0], 0x7f0000000000),
    'mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0x0) = 0x7f0000000000',
  );
  assert.equal(
    line('mmap', [4096, 4096, 0, 0x100021, 3, 4096], -17),
    'mmap(0x1000, 4096, PROT_NONE, MAP_SHARED|MAP_ANONYMOUS|MAP_FIXED_NOREPLACE, 3, 0x1000) = -1 EEXIST',
  );
  assert.equal(line('brk', [0], 0x555555557000), 'brk(NULL) = 0x555555557000');
  assert.equal(line('madvise', [4096, 4096, 4], 0), 'madvise(0x1000, 4096, MADV_DONTNEED) = 0');
});

test('stat', () => {
  const guest = new Guest();
  const buffer = guest.struct(layouts.Stat.SIZE, (view, at) =>
    layouts.encodeStat(view, at, { ...layouts.newStat(), st_mode: 0o100644, st_size: 42 }),
  );
  assert.equal(guest.call('fstat', [3, buffer], 0), `fstat(3, {st_mode=S_IFREG|0644, st_size=42, ...}) = 0`);
  const device = guest.struct(layouts.Stat.SIZE, (view, at) =>
    layouts.encodeStat(view, at, { ...layouts.newStat(), st_mode: 0o20620, st_rdev: 0x8801 }),
  );
  assert.equal(
    guest.call('newfstatat', [3, guest.place(''), device, 0x1000], 0),
    'newfstatat(3, "", {st_mode=S_IFCHR|0620, st_rdev=makedev(0x88, 0x1), ...}, AT_EMPTY_PATH) = 0',
  );
});

test('signals', () => {
  const guest = new Guest();
  const action = guest.struct(layouts.Sigaction.SIZE, (view, at) =>
    layouts.encodeSigaction(view, at, {
      sa_handler: 0x401000,
      sa_flags: 0x14000004,
      sa_restorer: 0x402000,
      sa_mask_lo: 1 << 1,
      sa_mask_hi: 0,
    }),
  );
  assert.equal(
    guest.call('rt_sigaction', [2, action, 0, 8], 0),
    'rt_sigaction(SIGINT, {sa_handler=0x401000, sa_mask=[INT], sa_flags=SA_SIGINFO|SA_RESTORER|SA_RESTART, sa_restorer=0x402000}, NULL, 8) = 0',
  );
  const set = guest.struct(8, (view, at) => {
    view.setInt32(at, ~(1 << 16), true);
    view.setInt32(at + 4, -1, true);
  });
  assert.equal(guest.call('rt_sigprocmask', [0, set, 0, 8], 0), 'rt_sigprocmask(SIG_BLOCK, ~[CHLD], NULL, 8) = 0');
  assert.equal(guest.call('kill', [7, 15], 0), 'kill(7, SIGTERM) = 0');
  assert.equal(guest.call('tgkill', [7, 7, 34], 0), 'tgkill(7, 7, SIGRT_2) = 0');
});

test('processes', () => {
  const guest = new Guest();
  assert.equal(
    guest.call('clone', [0x01200011, 0, 0, 0x7f0000000a10, 0], 9),
    'clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f0000000a10) = 9',
  );
  const status = guest.struct(4, (view, at) => view.setInt32(at, 3 << 8, true));
  assert.equal(guest.call('wait4', [-1, status, 1, 0], 9), 'wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 3}], WNOHANG, NULL) = 9');
  const argv = guest.struct(24, (view, at) => {
    view.setUint32(at, guest.place('ls'), true);
    view.setUint32(at + 8, guest.place('-l'), true);
  });
  const envp = guest.struct(16, (view, at) => view.setUint32(at, argv, true));
  assert.equal(
    guest.call('execve', [guest.place('/bin/ls'), argv, envp], 0),
    `execve("/bin/ls", ["ls", "-l"], 0x${envp.toString(16)} /* 1 var */) = 0`,
  );
  assert.equal(guest.call('exit_group', [1], NaN), 'exit_group(1) = ?');
});

test('arguments that depend on one another', () => {
  const guest = new Guest();
  assert.equal(guest.call('fcntl', [3, 1, 0], 1), 'fcntl(3, F_GETFD) = 0x1 (flags FD_CLOEXEC)');
  assert.equal(guest.call('fcntl', [3, 2, 1], 0), 'fcntl(3, F_SETFD, FD_CLOEXEC) = 0');
  assert.equal(guest.call('fcntl', [3, 3, 0], 0o4002), 'fcntl(3, F_GETFL) = 0x802 (flags O_RDWR|O_NONBLOCK)');
  const size = guest.struct(8, (view, at) => layouts.encodeWinsize(view, at, { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 }));
  assert.equal(guest.call('ioctl', [1, 0x5413, size], 0), 'ioctl(1, TIOCGWINSZ, {ws_row=24, ws_col=80, ws_xpixel=0, ws_ypixel=0}) = 0');
  assert.equal(guest.call('ioctl', [1, 0x5401, 0x10040], -25), 'ioctl(1, TCGETS, 0x10040) = -1 ENOTTY');
  const word = guest.struct(4, () => {});
  assert.equal(guest.call('futex', [word, 0x81, 1], 1), `futex(0x${word.toString(16)}, FUTEX_WAKE_PRIVATE, 1) = 1`);
  assert.equal(
    guest.call('futex', [word, 0x189, 0, 0, 0, 0xffffffff], -11),
    `futex(0x${word.toString(16)}, FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME, 0, NULL, NULL, FUTEX_BITSET_MATCH_ANY) = -1 EAGAIN`,
  );
  assert.equal(guest.call('prctl', [15, guest.place('worker')], 0), 'prctl(PR_SET_NAME, "worker") = 0');
  assert.equal(guest.call('unlinkat', [-100, guest.place('d'), 0x200], 0), 'unlinkat(AT_FDCWD, "d", AT_REMOVEDIR) = 0');
  assert.equal(guest.call('faccessat2', [-100, guest.place('d'), 0, 0x200], 0), 'faccessat2(AT_FDCWD, "d", F_OK, AT_EACCESS) = 0');
});

test('poll and sockets', () => {
  const guest = new Guest();
  const fds = guest.struct(16, (view, at) => {
    layouts.encodePollfd(view, at, { fd: 3, events: 1, revents: 0 });
    layouts.encodePollfd(view, at + 8, { fd: 4, events: 4, revents: 4 });
  });
  assert.equal(
    guest.call('poll', [fds, 2, -1], 1),
    'poll([{fd=3, events=POLLIN}, {fd=4, events=POLLOUT}], 2, -1) = 1 ([{fd=4, revents=POLLOUT}])',
  );
  assert.equal(guest.call('poll', [fds, 2, 10], 0), 'poll([{fd=3, events=POLLIN}, {fd=4, events=POLLOUT}], 2, 10) = 0 (Timeout)');
  assert.equal(guest.call('socket', [1, 0x80801, 0], 5), 'socket(AF_UNIX, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0) = 5');
  const address = guest.place(Buffer.from('\x01\x00/run/a.sock\x00', 'latin1'));
  assert.equal(guest.call('connect', [5, address, 14], 0), 'connect(5, {sa_family=AF_UNIX, sun_path="/run/a.sock"}, 14) = 0');
  const inet = guest.struct(16, (view, at) => layouts.encodeSockaddrIn(view, at, { sin_family: 2, sin_port: 80, sin_addr: 0x0a000001 }));
  assert.equal(
    guest.call('bind', [5, inet, 16], 0),
    'bind(5, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.1")}, 16) = 0',
  );
  const inet6 = guest.struct(28, (view, at) =>
    layouts.encodeSockaddrIn6(view, at, {
      ...layouts.newSockaddrIn6(),
      sin6_family: 10,
      sin6_port: 1,
      sin6_addr: Uint8Array.from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
    }),
  );
  assert.match(guest.call('bind', [5, inet6, 28], 0), /inet_pton\(AF_INET6, "fe80::1", &sin6_addr\)/);
});

test('another task cuts a call short, and it is resumed', () => {
  const guest = new Guest();
  const buffer = guest.place('data');
  guest.enter('read', [0, buffer, 4], 1);
  guest.enter('getpid', [], 2);
  guest.exit(2, 2);
  guest.exit(4, 1);
  assert.deepEqual(
    guest.lines.map((text) => text.replace(/ +=/, ' =')),
    ['[pid     1] read(0,  <unfinished ...>', '[pid     2] getpid() = 2', '[pid     1] <... read resumed>"data", 4) = 4'],
  );
});

test('times, restarts, filters and unknown calls', () => {
  const guest = new Guest(['pause', 'syscall_500']);
  assert.equal(guest.call('getpid', [], 1), '');
  assert.equal(guest.call('pause', [], -ERESTARTSYS), 'pause() = ? ERESTARTSYS');
  guest.trace.enter(3, undefined, 500, [1, 2, 3, 4, 5, 6], guest.read, 0);
  guest.exit(-38);
  assert.match(guest.lines.at(-1) ?? '', /syscall_500\(\) += -1 ENOSYS/);
  const lines: string[] = [];
  const timed = new Strace({ write: (text) => lines.push(text) });
  timed.enter(
    1,
    rows.find((row) => row.name === 'getpid'),
    39,
    [],
    guest.read,
    1000,
  );
  timed.exit(1, 1, guest.read, 26000);
  assert.match(lines[0] ?? '', / = 1 <0\.000025>$/);
});

test('signals and ends', () => {
  const guest = new Guest();
  const info = new DataView(new ArrayBuffer(128));
  layouts.encodeSiginfoChld(info, 0, { ...layouts.newSiginfoChld(), si_signo: 17, si_code: 1, si_pid: 9, si_status: 3 });
  guest.trace.signal(3, info);
  guest.trace.exited(9, 3 << 8);
  guest.trace.exited(10, 11);
  assert.deepEqual(guest.lines, [
    '[pid     3] --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=9, si_uid=0, si_status=3} ---',
    '[pid     9] +++ exited with 3 +++',
    '[pid    10] +++ killed by SIGSEGV +++',
  ]);
});

/** The tracer sees hostile arguments: whatever the registers and memory hold, it must not throw, nor write without bound. */
test('no arguments and no memory break the trace', () => {
  const value = fc.oneof(fc.nat(16), fc.integer({ min: 0x10000, max: 0x10000 + 65536 }), fc.maxSafeInteger(), fc.constant(2 ** 64));
  const names = Object.keys(syscalls) as SyscallName[];
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.array(value, { minLength: 6, maxLength: 6 }),
      fc.oneof(fc.nat(), fc.integer({ min: -600, max: 70000 })),
      fc.uint8Array({ minLength: 512, maxLength: 512 }),
      (name, args, result, noise) => {
        const guest = new Guest();
        for (let at = 0; at < 65536; at += noise.length) guest.bytes.set(noise, at);
        guest.enter(name, args);
        guest.exit(result);
        assert.equal(guest.lines.length, 1);
        assert.ok((guest.lines[0] as string).length < 200_000);
      },
    ),
    { numRuns: 3000 },
  );
});
