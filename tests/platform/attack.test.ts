/**
 * Attacks on the boundary by guest code that does its worst. What must hold: the kernel goes on, other guests see
 * nothing of it, and the host sees no call that a guest made. Marks on the host that a call would leave: a file made,
 * a signal to this process, a new process in the stubs' group.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as L from '#platform/native/layout.ts';
import type { NativeSpace } from '#platform/native/space.ts';
import type { NativeThread } from '#platform/native/thread.ts';
import { Event, Reg } from '#platform/platform.ts';
import { CODE, Code, DATA, expectCall, load, next, platform, STACK } from './driver.ts';

const scratch = mkdtempSync(join(tmpdir(), 'belljar-attack-'));
const marker = join(scratch, 'made-by-guest');

/** The C part, as a flat binary. Built before the platform starts, which wants SIGCHLD for itself afterwards. */
const blob = ((): Uint8Array => {
  const source = new URL('attack.c', import.meta.url).pathname;
  const elf = join(scratch, 'attack.elf');
  execFileSync('gcc', [
    '-O1',
    '-ffreestanding',
    '-nostdlib',
    '-static',
    '-fno-stack-protector',
    '-fno-pic',
    '-mcmodel=small',
    '-fno-builtin',
    '-fcf-protection=none',
    '-fno-asynchronous-unwind-tables',
    '-Wl,--build-id=none',
    `-Wl,-Ttext=${CODE}`,
    '-Wl,--section-start=.text.first=0x400000',
    '-Wl,-e,entry',
    '-Wl,--no-warn-rwx-segments',
    '-o',
    elf,
    source,
  ]);
  const out = join(scratch, 'attack.bin');
  execFileSync('objcopy', ['-O', 'binary', '-j', '.text', '-j', '.text.first', elf, out]);
  return new Uint8Array(readFileSync(out));
})();

let signals = 0;
process.on('SIGUSR1', () => signals++);

after(() => {
  platform().shutdown();
  rmSync(scratch, { recursive: true });
});

function runBlob(scenario: number, a = 0, b = 0): { space: NativeSpace; thread: NativeThread } {
  const made = load(blob);
  made.thread.regs.set(Reg.RDI, scenario);
  made.thread.regs.set(Reg.RSI, a);
  made.thread.regs.set(Reg.RDX, b);
  return made;
}

/** Processes in the stubs' process group. */
function stubs(): number {
  const group = platform().zygote.hostPid;
  let n = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
      if (Number(fields[2]) === group && fields[0] !== 'Z') n++;
    } catch {
      // It ended meanwhile.
    }
  }
  return n;
}

/** The number of stubs, after those that were killed have had time to end. */
function settled(wanted: number): number {
  const until = Date.now() + 3000;
  while (stubs() !== wanted && Date.now() < until);
  return stubs();
}

test('random writes to every shared page end the writer at worst', () => {
  const p = platform();
  const good = runBlob(1);
  const answer = (t: NativeThread): void => {
    assert.equal(t.nr, 1000);
    t.resume(t.arg(0) + 1);
  };
  good.thread.resumeFrame();
  let events = 0;
  let rounds = 0;
  for (let attempt = 0; attempt < 8; attempt++) {
    const bad = runBlob(0, L.PROC_BASE + L.RES_OFFSET, 6 * 0x10000 - L.RES_OFFSET);
    bad.thread.resumeFrame();
    // A second thread, so that one writes while the other is in the kernel.
    const other = bad.space.newThread(null, null);
    if (typeof other !== 'number') {
      for (const [reg, value] of [
        [Reg.RIP, CODE],
        [Reg.RSP, STACK + 0x8000],
        [Reg.RDI, 0],
        [Reg.RSI, L.PROC_BASE + L.RES_OFFSET],
        [Reg.RDX, 0x50000],
      ] as const) {
        other.regs.set(reg, value);
      }
      other.resumeFrame();
    }
    for (const until = p.now() + 150e6; p.now() < until; ) {
      const t = p.next(p.now() + 5e6) as NativeThread | null;
      if (t === null) continue;
      if (t.space === good.space) {
        answer(t);
        rounds++;
        continue;
      }
      events++;
      if (t.event === Event.Died) continue;
      // Everything a kernel does with what a thread says.
      const mine = (at: number): boolean => at === -1 || (at >= t.at && at < t.at + 0x10000);
      for (const address of [t.arg(0), DATA, 0]) {
        assert.ok(mine(t.carried(address, 64)));
        assert.ok(mine(t.carriedString(address)));
        t.carriedWord(address);
      }
      t.regs.getFsBase();
      t.regs.saveFpState(new Uint8Array(t.regs.fpStateSize));
      t.reply(t.arg(1), 100);
      if (t.event === Event.Syscall) t.resume(0);
      else t.resumeFrame();
      bad.space.advise(DATA, 4096, 0);
      bad.space.flush();
    }
    bad.space.destroy();
  }
  assert.ok(events > 20, `${events} events`);
  assert.ok(rounds > 100, `${rounds} rounds of the witness`);
  good.space.destroy();
});

test('the command page and the global page cannot be written, by no protection change either', () => {
  for (const at of [L.PROC_BASE, L.PROC_BASE + 0x3ff8, L.GLOBAL_BASE, L.GLOBAL_BASE + L.G_BPF, L.TEXT_BASE]) {
    const { space, thread } = load(new Code().mov(0, at).raw(0x48, 0x89, 0x00).call(60).done());
    thread.resumeFrame();
    const t = next();
    assert.deepEqual([t.event, t.faultSignal, t.faultAddr], [Event.Fault, 11, at]);
    space.destroy();
  }
});

/** Address of a `syscall; ret` in the stub (host_call's), found in its text. */
function gadget(): number {
  const stub = readFileSync(new URL('../../build/native/stub', import.meta.url));
  const at = stub.indexOf(Buffer.from([0x0f, 0x05, 0xc3]));
  assert.ok(at > 0x1000);
  return L.TEXT_BASE + at - 0x1000;
}

/** Has a guest make the call from the stub's own text; what came of it. */
function fromStubText(nr: number, args: number[]): { trapped: boolean; result: number } {
  const order = [7, 6, 2, 10, 8, 9];
  const code = new Code();
  args.forEach((a, i) => code.mov(order[i] ?? 0, a));
  code.mov(0, nr).mov(3, gadget()).raw(0xff, 0xd3).raw(0x48, 0x89, 0xc7).call(60);
  const { space, thread } = load(code.done());
  space.write(DATA, Buffer.from(`${marker}\0`, 'latin1'), 0, marker.length + 1);
  thread.resumeFrame();
  const t = next();
  assert.equal(t.event, Event.Syscall, `call ${nr}: event ${t.event}, signal ${t.faultSignal}`);
  const trapped = t.regs.get(Reg.RIP) >= L.TEXT_BASE;
  const result = t.argLo(0) | 0;
  space.destroy();
  return { trapped, result };
}

test('from stub text only harmless calls pass, whatever the registers', () => {
  const below = 0x7fdf_ffff_f000;
  const hostile: [string, number, number[]][] = [
    ['creat', 85, [DATA, 0o600]],
    ['open', 2, [DATA, 0o102, 0o600]],
    ['kill', 62, [process.pid, 10]],
    ['fork', 57, []],
    ['vfork', 58, []],
    ['clone', 56, [0x1250f00, 0, 0, 0, 0]],
    ['clone3', 435, [DATA, 88]],
    ['execve', 59, [DATA, 0, 0]],
    ['mprotect of the stub', 10, [L.TEXT_BASE, 4096, 7]],
    ['munmap of the stub', 11, [L.TEXT_BASE, 4096]],
    ['munmap from below into the stub', 11, [below, 0x20_0000_0000]],
    ['munmap, length wraps', 11, [0x1000, -0x2000]],
    ['mmap over the command page', 9, [L.PROC_BASE, 0x4000, 3, 0x32, -1, 0]],
    ['mmap of a descriptor', 9, [0x1_0000, 4096, 3, 0x12, 0, 0]],
    ['mmap shared anonymous', 9, [0x1_0000, 4096, 3, 0x31, -1, 0]],
    ['mmap not fixed', 9, [0x1_0000, 4096, 3, 0x22, -1, 0]],
    ['mmap, flags in the upper half', 9, [0x1_0000, 4096, 3, 0x1_0000_0032, -1, 0]],
    ['mmap, protection in the upper half', 9, [0x1_0000, 4096, 0x1_0000_0003, 0x32, -1, 0]],
    ['mprotect with PROT_GROWSDOWN', 10, [STACK, 4096, 0x0100_0003]],
    ['madvise HWPOISON', 28, [DATA, 4096, 100]],
    ['madvise DONTFORK of contexts', 28, [L.PROC_BASE + 0x10000, 4096, 11]],
    ['madvise, advice in the upper half', 28, [DATA, 4096, 0x1_0000_0004]],
    ['mremap', 25, [DATA, 4096, 8192, 1]],
    ['futex LOCK_PI', 202, [DATA, 6, 0, 0]],
    ['futex REQUEUE', 202, [DATA, 3, 1, 1, DATA]],
    ['futex, op in the upper half', 202, [DATA, 0x1_0000_0001, 0, 0]],
    ['seccomp', 317, [0, 0, 0]],
    ['prctl', 157, [4, 0]],
    ['ptrace', 101, [0, 0, 0, 0]],
    ['process_vm_writev', 311, [process.pid, DATA, 1, DATA, 1, 0]],
    ['recvmsg', 47, [0, DATA, 0x40]],
    ['sendmsg', 46, [0, DATA, 0x40]],
    ['read', 0, [0, DATA, 16]],
    ['close', 3, [0]],
    ['io_uring_setup', 425, [8, DATA]],
    ['sigaltstack', 131, [0, 0]],
    ['rt_sigaction', 13, [31, DATA, 0, 8]],
    ['rt_sigprocmask', 14, [0, DATA, 0, 8]],
    ['arch_prctl GET_FS', 158, [0x1003, DATA]],
    ['arch_prctl SET_FS, code in the upper half', 158, [0x1_0000_1002, 0]],
    ['arch_prctl CPUID', 158, [0x1012, 0]],
    ['arch_prctl MAP_VDSO_64', 158, [0x2003, DATA]],
    ['setrlimit', 160, [7, DATA]],
    ['unshare', 272, [0x10000000]],
    ['tgkill', 234, [process.pid, process.pid, 10]],
    ['x32 getpid', 0x4000_0000 + 39, []],
    ['number -1', -1, []],
    ['userfaultfd', 323, [0]],
    ['memfd_create', 319, [DATA, 0]],
    ['shmat', 30, [0, 0, 0]],
  ];
  const before = stubs();
  for (const [name, nr, args] of hostile) assert.equal(fromStubText(nr, args).trapped, true, name);
  const harmless: [string, number, number[], number][] = [
    ['munmap in guest memory', 11, [0x7000_0000, 4096], 0],
    ['mmap in guest memory', 9, [0x7000_0000, 4096, 3, 0x32, -1, 0], 0x7000_0000],
    ['sched_yield', 24, [], 0],
    ['futex WAKE', 202, [DATA, 1, 1], 0],
    ['madvise DONTNEED', 28, [DATA, 4096, 4], 0],
    ['arch_prctl SET_FS', 158, [0x1002, DATA], 0],
    ['arch_prctl SET_FS beyond user space', 158, [0x1002, -4096], -1],
    ['arch_prctl GET_GS into the kernel half', 158, [0x1004, -4096], -14],
    ['arch_prctl GET_GS into a page that is only read', 158, [0x1004, L.PROC_BASE], -14],
  ];
  for (const [name, nr, args, result] of harmless) assert.deepEqual(fromStubText(nr, args), { trapped: false, result }, name);
  assert.equal(settled(before), before);
  assert.equal(existsSync(marker), false);
  assert.equal(signals, 0);
});

test('a jump to any address of the stub text, with registers that name a call, reaches nothing on the host', () => {
  const p = platform();
  const { space, thread } = load(new Code().call(39).label('spin').jump('spin').done());
  space.write(DATA, Buffer.from(`${marker}\0`, 'latin1'), 0, marker.length + 1);
  thread.resumeFrame();
  const template = expectCall(39);
  const size = readFileSync(new URL('../../build/native/stub', import.meta.url)).readUInt32LE(64 + 32);
  assert.ok(size > 1000 && size < L.TEXT_SIZE);
  const before = stubs();
  const sets: [number, number, number, number][] = [
    [85, DATA, 0o600, 0],
    [62, process.pid, 10, 0],
    [57, 0, 0, 0],
    [9, L.PROC_BASE, 0x4000, 3],
  ];
  let outcomes = 0;
  for (let offset = 0; offset < size; offset++) {
    const made = space.fork(template, null);
    assert.ok(typeof made !== 'number', `fork at ${offset}: ${made}`);
    const t = made.thread;
    const [rax, rdi, rsi, rdx] = sets[offset % sets.length] ?? [0, 0, 0, 0];
    for (const [reg, value] of [
      [Reg.RAX, rax],
      [Reg.RDI, rdi],
      [Reg.RSI, rsi],
      [Reg.RDX, rdx],
      [Reg.R10, 0x32],
      [Reg.R11, DATA],
      [Reg.RBX, DATA],
      [Reg.R12, L.PROC_BASE],
      [Reg.R13, L.PROC_BASE + L.RES_OFFSET],
      [Reg.R14, L.GLOBAL_BASE],
      [Reg.RCX, CODE + 7],
      [Reg.RIP, L.TEXT_BASE + offset],
    ] as const) {
      t.regs.set(reg, value);
    }
    t.resumeFrame();
    // It may trap, fault, die, sleep or spin; ten milliseconds are enough for it to start and make its call.
    if (p.next(p.now() + 1e7) !== null) outcomes++;
    made.space.destroy();
  }
  assert.ok(outcomes > size / 2, `${outcomes} of ${size}`);
  assert.equal(settled(before), before);
  assert.equal(existsSync(marker), false);
  assert.equal(signals, 0);
  template.resume(0);
  space.destroy();
});

test('a forged sigreturn into 32-bit code does not reach the host by int 0x80', () => {
  // A frame on the stack with CS = 0x23, RIP = code that does int 0x80 for creat(DATA): i386 number 8.
  const code = new Code()
    .call(39)
    .raw(0xb8, 8, 0, 0, 0, 0xbb, DATA & 255, (DATA >> 8) & 255, (DATA >> 16) & 255, 0, 0xb9, 0x80, 1, 0, 0, 0xcd, 0x80, 0xeb, 0xfe);
  const { space, thread } = load(code.done());
  space.write(DATA, Buffer.from(`${marker}\0`, 'latin1'), 0, marker.length + 1);
  const frame = new DataView(new ArrayBuffer(512));
  const gregs = 40;
  frame.setBigUint64(gregs + 8 * 15, BigInt(DATA + 0x8000), true);
  frame.setBigUint64(gregs + 8 * 16, BigInt(CODE + 7), true);
  frame.setBigUint64(gregs + 8 * 17, 0x202n, true);
  frame.setBigUint64(gregs + 8 * 18, 0x2b_0000_0000_0023n, true);
  space.write(DATA + 0x4000, new Uint8Array(frame.buffer), 0, 512);
  thread.resumeFrame();
  const t = expectCall(39);
  t.regs.set(Reg.RAX, 15);
  t.regs.set(Reg.RSP, DATA + 0x4000);
  t.regs.set(Reg.RIP, gadget());
  t.resumeFrame();
  const e = next();
  if (e.event === Event.Syscall) assert.equal(e.abi, 1);
  assert.equal(existsSync(marker), false);
  space.destroy();
});

test('a string that another thread rewrites is bounded, and ends where it was found to end', () => {
  const p = platform();
  const { space, thread } = runBlob(2, DATA);
  thread.resumeFrame();
  const caller = space.newThread(null, null);
  assert.ok(typeof caller !== 'number');
  for (const [reg, value] of [
    [Reg.RIP, CODE],
    [Reg.RSP, STACK + 0x8000],
    [Reg.RDI, 3],
    [Reg.RSI, DATA],
  ] as const)
    caller.regs.set(reg, value);
  caller.resumeFrame();
  const lengths = new Set<number>();
  // On a busy machine the rewriter may have to wait for its turn.
  for (let i = 0; i < 20000 || (lengths.size < 2 && i < 2_000_000); i++) {
    const t = expectCall(2);
    const at = t.carriedString(DATA);
    if (at !== -1) {
      assert.ok(p.carriedLength < L.C_CARRY_SIZE);
      assert.equal(p.u8[at + p.carriedLength], 0);
      lengths.add(p.carriedLength);
    } else lengths.add(-1);
    t.resume(-2);
  }
  assert.ok(lengths.size > 1, [...lengths].join());
  space.destroy();
});

test('threads, mappings and descriptors run out for the guest alone', () => {
  const p = platform();
  const { space, thread } = load(new Code().call(39).label('spin').jump('spin').done());
  thread.resumeFrame();
  const first = expectCall(39);
  // Threads: as many as there are contexts, then EAGAIN.
  let made = 0;
  let error = 0;
  for (; made < 5000; made++) {
    const t = space.newThread(null, null);
    if (typeof t === 'number') {
      error = t;
      break;
    }
  }
  assert.ok(made === 4095 ? error === -11 : made === 5000, `${made} threads, then ${error}`);
  space.destroy();
  // Mappings: past the host's limit mmap fails, and the space can still be forked and destroyed.
  const maps = load(new Code().call(39).done());
  maps.thread.resumeFrame();
  expectCall(39);
  let r = 0;
  let count = 0;
  for (; r === 0 && count < 70000; ) {
    for (let i = 0; i < 150; i++, count++) maps.space.mapAnonymous(0x1_0000_0000 + count * 8192, 4096, 1 + (count & 1) * 2, 0);
    r = maps.space.flush();
  }
  assert.equal(r, -12);
  assert.equal(maps.space.flush(), 0);
  const child = maps.space.fork(maps.thread, null);
  if (typeof child !== 'number') child.space.destroy();
  maps.space.unmap(0x1_0000_0000, 70000 * 8192);
  assert.equal(maps.space.flush(), 0);
  // Descriptors: hundreds of files mapped, half of them refused, leave none open in the stub.
  const fd = p.host.call(257, -100, '/proc/self/exe', 0);
  for (let i = 0; i < 200; i++) {
    maps.space.mapFile(0x7000_0000, 4096, 1, false, fd, 0);
    maps.space.mapFile(0x7000_1000, 4096, 3, true, fd, 0);
    assert.equal(maps.space.flush(), -13);
  }
  assert.deepEqual(readdirSync(`/proc/${maps.space.hostPid}/fd`), ['0']);
  p.host.call(3, fd);
  maps.space.destroy();
  const again = load(new Code().call(60).done());
  again.thread.resumeFrame();
  expectCall(60);
  again.space.destroy();
  assert.ok(first !== null);
});

test('stubs hold nothing: capabilities, privileges, core dumps, descriptors', () => {
  const { space, thread } = load(new Code().call(39).done());
  thread.resumeFrame();
  expectCall(39);
  const status = readFileSync(`/proc/${space.hostPid}/status`, 'latin1');
  for (const set of ['Inh', 'Prm', 'Eff', 'Amb']) assert.match(status, new RegExp(`Cap${set}:\\s+0+\\n`));
  assert.match(status, /NoNewPrivs:\s+1/);
  assert.match(readFileSync(`/proc/${space.hostPid}/limits`, 'latin1'), /Max core file size\s+0\s+0/);
  assert.deepEqual(readdirSync(`/proc/${space.hostPid}/fd`), ['0']);
  const filters = readdirSync(`/proc/${space.hostPid}/task`).map(
    (tid) => /Seccomp_filters:\s+(\d+)/.exec(readFileSync(`/proc/${space.hostPid}/task/${tid}/status`, 'latin1'))?.[1],
  );
  // The mm thread has one, each guest thread one more (and whatever this test itself runs under).
  assert.equal(Number(filters[1]) - Number(filters[0]), 1);
  space.destroy();
});
