import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { NativeSpace } from '#platform/native/space.ts';
import type { NativeThread } from '#platform/native/thread.ts';
import { Event, Reg } from '#platform/platform.ts';
import { CODE, Code, DATA, expectCall, load, next, platform } from './driver.ts';

after(() => platform().shutdown());

function patchable(space: NativeSpace, at = CODE + 0x100_0000): void {
  space.patchAdvice = { mayPatch: (addr) => addr >= CODE && addr < CODE + 0x1_0000, reserve: () => at };
}

/** Runs the loop body's call until it comes in without a frame; at most `max` times. */
function untilPatched(nr: number, max = 6): NativeThread {
  for (let i = 0; i < max; i++) {
    const t = expectCall(nr);
    if (!t.hasFrame) return t;
    t.resume(i);
  }
  throw new Error('never patched');
}

test('a site is patched; all registers and flags are kept', () => {
  // Each round: stc; call; jnc fail (carry must survive); then every callee-saved and argument register is checked by the kernel side.
  const code = new Code()
    .mov(3, 33)
    .mov(5, 55)
    .mov(12, 1212)
    .mov(13, 1313)
    .mov(14, 1414)
    .mov(15, 1515)
    .mov(7, 77)
    .mov(6, 66)
    .mov(2, 22)
    .mov(10, 1010)
    .mov(8, 88)
    .mov(9, 99)
    .label('again')
    .raw(0xf9)
    .call(39)
    .jcc(0x82, 'again')
    .call(60)
    .done();
  const { space, thread } = load(code);
  patchable(space);
  thread.resumeFrame();
  const t = untilPatched(39);
  for (let i = 0; i < 1000; i++) {
    assert.deepEqual([3, 5, 12, 13, 14, 15, 7, 6, 2].length, 9);
    assert.equal(t.arg(0), 77);
    assert.equal(t.arg(5), 99);
    assert.equal(t.regs.get(Reg.RBX), 33);
    assert.equal(t.regs.get(Reg.R15), 1515);
    t.resume(i);
    assert.equal(expectCall(39), t);
    assert.equal(t.hasFrame, false);
  }
  assert.equal(t.regs.get(Reg.RIP), CODE + 10 * 12 + 1 + 7);
  t.resumeForFrame(-38);
  const f = next();
  assert.deepEqual([f, f.event, f.hasFrame], [t, Event.Frame, true]);
  assert.deepEqual([f.regs.lo(Reg.RAX), f.regs.hi(Reg.RAX)], [0xffffffda, 0xffffffff]);
  const want: [number, number][] = [
    [Reg.RBX, 33],
    [Reg.RBP, 55],
    [Reg.R12, 1212],
    [Reg.R13, 1313],
    [Reg.R14, 1414],
    [Reg.R15, 1515],
    [Reg.RDI, 77],
    [Reg.RSI, 66],
    [Reg.RDX, 22],
    [Reg.R10, 1010],
    [Reg.R8, 88],
    [Reg.R9, 99],
    [Reg.RIP, CODE + 120 + 8],
    [Reg.RCX, CODE + 120 + 8],
  ];
  for (const [reg, value] of want) assert.equal(f.regs.get(reg), value, `register ${reg}`);
  assert.equal(f.regs.lo(Reg.EFLAGS) & 1, 1);
  f.resumeFrame();
  assert.equal(expectCall(39), t);
  space.destroy();
});

test('a site without a mov uses padding, and glibc syscall() its load of the sixth argument', () => {
  const padded = new Code().label('again').mov(0, 39).raw(0x0f, 0x05).jump('again').raw(0xc3);
  while (padded.bytes.length % 16 !== 7) padded.raw(0x90);
  padded.raw(0xc3, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0);
  for (const [code, nr] of [
    [padded, 39],
    [
      new Code()
        .label('again')
        .raw(0x48, 0x83, 0xec, 16, 0x6a, 42, 0x48, 0x83, 0xec, 8)
        .mov(0, 12)
        .raw(0x4c, 0x8b, 0x4c, 0x24, 0x08, 0x0f, 0x05, 0x48, 0x83, 0xc4, 32)
        .jump('again'),
      12,
    ],
  ] as const) {
    const { space, thread } = load(code.done());
    patchable(space);
    thread.resumeFrame();
    const t = untilPatched(nr);
    if (nr === 12) assert.equal(t.arg(5), 42);
    t.resume(0);
    assert.equal(expectCall(nr).hasFrame, false);
    space.destroy();
  }
});

test('patches work in a forked child, and fork itself gets its frame from a patched site', () => {
  const { space, thread } = load(new Code().label('again').call(57).jump('again').done());
  patchable(space);
  thread.resumeFrame();
  for (let i = 0; i < 4; i++) {
    const t = expectCall(57);
    assert.equal(t.hasFrame, true);
    assert.equal(t.regs.get(Reg.RIP), CODE + 7);
    t.resume(1);
  }
  const parent = expectCall(57);
  const made = space.fork(parent, null);
  assert.ok(typeof made !== 'number');
  patchable(made.space);
  made.thread.regs.set(Reg.RAX, 0);
  made.thread.resumeFrame();
  const child = expectCall(57);
  assert.equal(child, made.thread);
  made.space.destroy();
  space.destroy();
});

test('what is listed travels with the call, and replies travel back', () => {
  const code = new Code()
    .syscall(257, -100, DATA, 0, 0)
    .syscall(1, 1, DATA + 4, 3)
    .syscall(0, 0, DATA + 0x100, 64)
    .syscall(0, 0, 0x10, 64)
    .raw(0x48, 0x89, 0xc7)
    .call(60)
    .done();
  const { space, thread } = load(code);
  space.write(DATA, Buffer.from('/etc/passwd\0'), 0, 12);
  thread.resumeFrame();
  const p = platform();
  let t = expectCall(257);
  const at = t.carriedString(DATA);
  assert.ok(at > 0);
  assert.equal(Buffer.from(p.u8.slice(at, at + p.carriedLength)).toString(), '/etc/passwd');
  assert.equal(t.carriedString(DATA + 1), -1);
  t.resume(3);
  t = expectCall(1);
  const data = t.carried(DATA + 5, 2);
  assert.equal(Buffer.from(p.u8.slice(data, data + 2)).toString(), p.u8 && '/etc/passwd'.slice(5, 7));
  assert.equal(t.carried(DATA + 5, 3), -1);
  t.resume(3);
  t = expectCall(0);
  const room = t.reply(DATA + 0x100, 64);
  p.u8.set(Buffer.from('answer'), room);
  t.trimReply(6);
  t.resume(6);
  t = expectCall(0);
  const back = new Uint8Array(7);
  space.read(DATA + 0x100, back, 0, 7);
  assert.equal(Buffer.from(back).toString(), 'answer\0');
  assert.ok(t.reply(0x10, 8) > 0);
  t.resume(8);
  assert.equal(expectCall(60).argLo(0), 0xfffffff2);
  space.destroy();
});

test('memory calls run in the guest thread, and their failure is the result', () => {
  const at = 0x6000_0000;
  const code = new Code().call(9).raw(0x48, 0x89, 0x00).call(11).call(10).raw(0x48, 0x89, 0xc7).call(60).done();
  const { space, thread } = load(code);
  thread.resumeFrame();
  expectCall(9).resumeWithMemoryCall(9, at, 0x4000, 3, 0x32, at);
  let t = expectCall(11);
  assert.equal(space.readWord(at), at);
  t.resumeWithMemoryCall(11, at, 0x4000, 0, 0, 0);
  t = expectCall(10);
  assert.equal(space.readWord(at), -1);
  t.resumeWithMemoryCall(10, at, 0x4000, 1, 0, 0);
  assert.equal(expectCall(60).argLo(0), -12 >>> 0);
  space.destroy();
});

test('patching text that other threads run loses and breaks no call', () => {
  const sites = 60;
  const code = new Code().mov(3, 300).label('again');
  for (let i = 0; i < sites; i++) code.call(1000 + i);
  code.raw(0x48, 0xff, 0xcb).jcc(0x85, 'again').call(60);
  const { space, thread } = load(code.done());
  patchable(space);
  thread.resumeFrame();
  const first = expectCall(1000);
  const second = space.newThread(null, first);
  assert.ok(typeof second !== 'number');
  second.regs.set(Reg.RIP, CODE);
  second.resumeFrame();
  first.resume(0);
  const at = new Map([
    [first as object, 1],
    [second as object, 0],
  ]);
  let patched = 0;
  for (let running = 2; running > 0; ) {
    const t = next();
    assert.equal(t.event, Event.Syscall, `signal ${t.faultSignal} ip ${(t.regs.get(Reg.RIP) - CODE).toString(16)}`);
    if (t.nr === 60) {
      running--;
      continue;
    }
    const place = at.get(t) ?? 0;
    assert.equal(t.nr, 1000 + place);
    if (!t.hasFrame) patched++;
    at.set(t, (place + 1) % sites);
    t.resume(0);
  }
  assert.ok(patched > 30000, `${patched}`);
  space.destroy();
});

test('a thread in patched calls can be interrupted at any point', () => {
  const { space, thread } = load(new Code().label('again').call(39).jump('again').done());
  patchable(space);
  thread.resumeFrame();
  let t = untilPatched(39);
  let interrupts = 0;
  for (let i = 0; i < 20000; i++) {
    t.resume(i);
    if (i % 3 === 0) t.interrupt();
    t = next();
    if (t.event === Event.Interrupt) {
      interrupts++;
      const ip = t.regs.get(Reg.RIP) - CODE;
      assert.ok(ip === 0 || ip === 7, `ip ${ip.toString(16)}`);
      if (ip === 7) assert.equal(t.regs.get(Reg.RAX), i);
      t.resumeFrame();
      t = next();
    }
    assert.equal(t.event, Event.Syscall);
    assert.equal(t.nr, 39);
  }
  assert.ok(interrupts > 0);
  space.destroy();
});
