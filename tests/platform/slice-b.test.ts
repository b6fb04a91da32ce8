import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Event, Reg } from '#platform/platform.ts';
import { CODE, Code, DATA, expectCall, load, next, platform } from './driver.ts';

after(() => platform().shutdown());

test('fork gives a child with a copy of memory and registers, vector state and FS base included', () => {
  // movabs rax -> xmm0; fork; movq xmm0 -> rdi; mov %fs:0 -> rsi; exit(rdi, rsi, result of fork in rdx)
  const code = new Code()
    .mov(0, 0x1122_3344_5566)
    .raw(0x66, 0x48, 0x0f, 0x6e, 0xc0)
    .call(158)
    .call(57)
    .raw(0x48, 0x89, 0xc2)
    .raw(0x66, 0x48, 0x0f, 0x7e, 0xc7)
    .raw(0x64, 0x48, 0x8b, 0x34, 0x25, 0, 0, 0, 0)
    .call(60)
    .done();
  const { space, thread } = load(code);
  space.writeWord(DATA, 99);
  thread.resumeFrame();
  const arch = expectCall(158);
  arch.regs.setFsBase(DATA);
  arch.resume(0);
  const parent = expectCall(57);
  const made = space.fork(parent, 'child');
  assert.ok(typeof made !== 'number', `fork: ${made}`);
  assert.notEqual(made.space.hostPid, space.hostPid);
  made.thread.regs.set(Reg.RAX, 0);
  // Before the child runs, the parent's memory changes: the child must not see it.
  space.writeWord(DATA, 100);
  parent.resume(1234);
  const p = expectCall(60);
  assert.deepEqual([p, p.arg(0), p.arg(1), p.arg(2)], [thread, 0x1122_3344_5566, 100, 1234]);
  made.thread.resumeFrame();
  const c = expectCall(60);
  assert.equal(c, made.thread);
  assert.deepEqual([c.arg(0), c.arg(1), c.arg(2)], [0x1122_3344_5566, 99, 0]);
  made.space.destroy();
  space.destroy();
});

test('children fork again, and every one of many comes up', () => {
  const { space, thread } = load(new Code().label('again').call(57).jump('again').done());
  thread.resumeFrame();
  const spaces = [space];
  let from = expectCall(57);
  for (let i = 0; i < 40; i++) {
    const made = from.space.fork(from, null);
    assert.ok(typeof made !== 'number', `fork: ${made}`);
    spaces.push(made.space);
    made.thread.regs.set(Reg.RAX, 0);
    made.thread.resumeFrame();
    const child = expectCall(57);
    assert.equal(child, made.thread);
    from = child;
  }
  assert.equal(new Set(spaces.map((s) => s.hostPid)).size, 41);
  for (const s of spaces) s.destroy();
});

test('threads share memory, start with the registers they are given, and their contexts are reused', () => {
  const code = new Code().call(39).call(60).done();
  const { space, thread } = load(code);
  thread.resumeFrame();
  const first = expectCall(39);
  const places = new Set<number>();
  for (let round = 0; round < 20; round++) {
    const made = space.newThread('t', first);
    assert.ok(typeof made !== 'number');
    made.regs.set(Reg.RIP, CODE + 7);
    made.regs.set(Reg.RDI, 1000 + round);
    made.regs.set(Reg.RSP, DATA + 0x8000);
    made.resumeFrame();
    const t = expectCall(60);
    assert.equal(t, made);
    assert.equal(t.arg(0), 1000 + round);
    assert.ok(t.hostTid > 0 && t.hostTid !== space.hostPid);
    places.add(t.index);
    space.writeWord(DATA + 16, 7);
    t.exit(DATA + 16);
    for (const until = Date.now() + 1000; space.readWord(DATA + 16) !== 0; ) assert.ok(Date.now() < until);
    // The context is free when the host thread is gone.
    for (const until = Date.now() + 5; Date.now() < until; );
  }
  assert.ok(places.size <= 6, `${places.size} contexts used`);
  space.destroy();
});

test('a computing thread can be interrupted, changed and continued', () => {
  const code = new Code().label('spin').raw(0x48, 0x85, 0xc0).jcc(0x84, 'spin').raw(0x48, 0x89, 0xc7).call(60).done();
  const { space, thread } = load(code);
  thread.regs.set(Reg.RAX, 0);
  thread.resumeFrame();
  assert.equal(platform().next(platform().now() + 20e6), null);
  thread.interrupt();
  const t = next();
  assert.equal(t.event, Event.Interrupt);
  t.regs.set(Reg.RAX, 31);
  t.resumeFrame();
  assert.equal(expectCall(60).arg(0), 31);
  space.destroy();
});

test('a vector state can be saved, changed and loaded; a malformed one is refused', () => {
  const code = new Code().call(24).raw(0x66, 0x48, 0x0f, 0x7e, 0xc7).call(60).done();
  const { space, thread } = load(code);
  thread.resumeFrame();
  const t = expectCall(24);
  const image = new Uint8Array(t.regs.fpStateSize);
  assert.equal(t.regs.saveFpState(image), image.length);
  const bad = image.slice();
  bad[464] = 0;
  assert.equal(t.regs.loadFpState(bad), false);
  new DataView(image.buffer).setBigUint64(160, 0xabcdefn, true);
  image[512] = (image[512] ?? 0) | 2;
  assert.equal(t.regs.loadFpState(image), true);
  t.resume(0);
  assert.equal(expectCall(60).arg(0), 0xabcdef);
  space.destroy();
});

test('a process killed from outside shows as Died for each thread', () => {
  const { space, thread } = load(new Code().label('spin').jump('spin').done());
  thread.resumeFrame();
  process.kill(space.hostPid, 'SIGKILL');
  const t = next();
  assert.deepEqual([t, t.event], [thread, Event.Died]);
  assert.equal(space.alive, false);
});

test('a parked thread sleeps and wakes', () => {
  const { space, thread } = load(new Code().call(34).raw(0x48, 0x89, 0xc7).call(60).done());
  thread.resumeFrame();
  const t = expectCall(34);
  t.park();
  assert.equal(platform().next(platform().now() + 10e6), null);
  t.resume(-4);
  assert.equal(expectCall(60).argLo(0), 0xfffffffc);
  space.destroy();
});

test('a watched descriptor ends the wait, and is reported again while it stays ready', () => {
  const p = platform();
  const pair = new Int32Array(2);
  assert.equal(p.host.call(22, pair), 0);
  const [readEnd = -1, writeEnd = -1] = pair;
  const seen: number[] = [];
  p.watch(readEnd, 1, (events) => seen.push(events));
  assert.equal(p.next(p.now() + 5e6), null);
  assert.deepEqual(seen, []);
  p.host.write(writeEnd, Buffer.from('x'), 0, 1, -1);
  assert.equal(p.next(p.now() + 1e9), null);
  assert.equal(p.next(p.now() + 1e9), null);
  assert.deepEqual(seen, [1, 1]);
  p.unwatch(readEnd);
  assert.equal(p.next(p.now() + 5e6), null);
  p.host.call(3, readEnd);
  p.host.call(3, writeEnd);
});

test('compare and exchange on guest words loses nothing to a thread that changes them', () => {
  // The guest adds 2 for ever with a lock prefix; the kernel flips the lowest bit.
  const { space, thread } = load(
    new Code()
      .mov(3, DATA)
      .label('again')
      .raw(0xf0, 0x83, 0x03, 2, 0xb9, 0, 2, 0, 0)
      .label('rest')
      .raw(0xf3, 0x90, 0xff, 0xc9)
      .jcc(0x85, 'rest')
      .jump('again')
      .done(),
  );
  thread.resumeFrame();
  let flips = 0;
  let last = space.readWord(DATA);
  for (let i = 0; i < 3000; i++) {
    const old = space.readWord(DATA);
    assert.ok(old - last >= -1, `an addition was lost: ${last} ${old}`);
    assert.equal(old & 1, flips & 1);
    last = old;
    if (space.compareExchangeWord(DATA, old, (old ^ 1) >>> 0) === old) flips++;
  }
  assert.ok(flips > 100, `${flips} flips`);
  space.destroy();
  const still = load(new Code().call(39).done());
  still.thread.resumeFrame();
  expectCall(39);
  still.space.writeWord(DATA, 7);
  assert.equal(still.space.compareExchangeWord(DATA, 7, 0xfffffffe), 7);
  assert.equal(still.space.compareExchangeWord(DATA, 7, 1), 0xfffffffe);
  assert.equal(still.space.compareExchangeWord(0x1000, 7, 1), -1);
  still.space.destroy();
});

test('int 0x80, x32 and vsyscall come in marked', () => {
  const code = new Code()
    .raw(0xb8, 20, 0, 0, 0, 0xcd, 0x80)
    .raw(0xb8, 39, 0, 0, 0x40, 0x0f, 0x05)
    .mov(0, 0xffffffffff600000)
    .raw(0xff, 0xd0)
    .call(60)
    .done();
  const { space, thread } = load(code);
  thread.resumeFrame();
  for (const abi of [1, 2, 3]) {
    const t = next();
    if (abi === 1 && t.event === Event.Fault) {
      // A host without 32-bit calls has no such gate: the instruction faults there as it does natively.
      assert.equal(t.faultSignal, 11);
      t.regs.set(Reg.RIP, t.regs.get(Reg.RIP) + 2);
      t.resumeFrame();
      continue;
    }
    assert.deepEqual([t.event, t.abi], [Event.Syscall, abi]);
    t.resume(-38);
  }
  expectCall(60);
  space.destroy();
});
