/** The filter is run by a small interpreter, so that what it says about each call number is checked, not what it was made from. */
import { ok, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { rows, syscalls } from '#abi/syscalls.ts';
import { confinementFilter } from './confine.ts';

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const NO_SYSCALL = 0x50026;
const NOT_PERMITTED = 0x50001;
const X86_64 = 0xc000003e;

const filter = confinementFilter();
const view = new DataView(filter.buffer);

function answer(nr: number, args: number[] = [], arch = X86_64): number {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, nr, true);
  data.setUint32(4, arch, true);
  args.forEach((arg, i) => {
    data.setUint32(16 + 8 * i, arg >>> 0, true);
    data.setUint32(20 + 8 * i, Math.floor(arg / 2 ** 32), true);
  });
  let a = 0;
  for (let pc = 0; pc < filter.length / 8; pc++) {
    const code = view.getUint16(pc * 8, true);
    const k = view.getUint32(pc * 8 + 4, true);
    const jump = (yes: boolean): number => view.getUint8(pc * 8 + (yes ? 2 : 3));
    if (code === 0x20) a = data.getUint32(k, true);
    else if (code === 0x54) a = (a & k) >>> 0;
    else if (code === 0x15) pc += jump(a === k);
    else if (code === 0x35) pc += jump(a >= k);
    else if (code === 0x06) return k;
    else throw new Error(`unknown instruction ${code}`);
  }
  throw new Error('the filter has no end');
}

test('every path of the filter returns, for every number', () => {
  ok(filter.length / 8 < 4096);
  for (let nr = 0; nr < 1024; nr++) ok([ALLOW, KILL, NO_SYSCALL, NOT_PERMITTED].includes(answer(nr)), String(nr));
});

test('calls that give power over the host kill', () => {
  for (const name of [
    'execve',
    'execveat',
    'ptrace',
    'mount',
    'unshare',
    'setns',
    'bpf',
    'pivot_root',
    'open_by_handle_at',
    'socket',
    'init_module',
    'setuid',
    'fork',
    'vfork',
    'seccomp',
  ] as const)
    strictEqual(answer(syscalls[name].number), KILL, name);
});

test('what the kernel lives on is allowed', () => {
  for (const name of ['futex', 'pread64', 'openat2', 'process_vm_readv', 'mmap', 'exit_group', 'epoll_wait', 'sendmsg'] as const)
    strictEqual(answer(syscalls[name].number), ALLOW, name);
});

test('unknown numbers look like an older kernel; other entries into the host kill', () => {
  strictEqual(answer(1000), NO_SYSCALL);
  strictEqual(answer(syscalls.clone3.number), NO_SYSCALL);
  strictEqual(answer(syscalls.io_uring_enter.number), NO_SYSCALL); // libuv holds a ring from before
  strictEqual(answer(syscalls.read.number, [], 0x40000003), KILL); // i386
  strictEqual(answer(syscalls.read.number + 0x40000000), KILL); // x32
});

test('a thread may be made, a process or a namespace may not', () => {
  const thread = 0x3d0f00;
  strictEqual(answer(syscalls.clone.number, [thread]), ALLOW);
  for (const flags of [0, 17, 0x4111, thread | 0x10000000, thread | 0x40000000, thread & ~0x10000])
    strictEqual(answer(syscalls.clone.number, [flags]), KILL, flags.toString(16));
});

test('terminals can be set up but not typed into', () => {
  strictEqual(answer(syscalls.ioctl.number, [0, 0x5401]), ALLOW);
  strictEqual(answer(syscalls.ioctl.number, [0, 0x5412]), NOT_PERMITTED); // TIOCSTI
  strictEqual(answer(syscalls.ioctl.number, [0, 0x541c]), NOT_PERMITTED); // TIOCLINUX
  strictEqual(answer(syscalls.prctl.number, [22]), NOT_PERMITTED); // PR_SET_SECCOMP
});

test('no call is answered that Linux does not know', () => {
  for (let nr = 0; nr < 1024; nr++)
    if (answer(nr) !== NO_SYSCALL)
      ok(
        rows.some((row) => row?.number === nr),
        String(nr),
      );
});
