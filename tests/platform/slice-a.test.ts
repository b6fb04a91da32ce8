import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Event, Reg } from '#platform/platform.ts';
import { CODE, Code, DATA, expectCall, load, next, platform, setUp } from './driver.ts';

after(() => platform().shutdown());

test('a guest makes calls and sees their results', () => {
  const { space, thread } = load(new Code().syscall(39).raw(0x48, 0x89, 0xc7).call(60).done());
  thread.resumeFrame();
  const t = expectCall(39);
  assert.equal(t, thread);
  t.resume(4242);
  assert.equal(expectCall(60).arg(0), 4242);
  space.destroy();
});

test('arguments arrive with all 64 bits, results with sign', () => {
  const code = new Code().syscall(1, 1, 0x1234_5678_9abc, -1, 4, 5, 6).raw(0x48, 0x89, 0xc7).call(60).done();
  const { space, thread } = load(code);
  thread.resumeFrame();
  const t = expectCall(1);
  assert.deepEqual(
    [t.arg(0), t.arg(1), t.argLo(2), t.argHi(2), t.arg(3), t.arg(4), t.arg(5)],
    [1, 0x1234_5678_9abc, 0xffffffff, 0xffffffff, 4, 5, 6],
  );
  t.resume(-9);
  const e = expectCall(60);
  assert.deepEqual([e.argLo(0), e.argHi(0)], [0xfffffff7, 0xffffffff]);
  space.destroy();
});

test('guest memory can be read and written', () => {
  const { space, thread } = load(new Code().call(60).done());
  const text = Buffer.from('hello');
  assert.equal(space.write(DATA, text, 0, 5), 5);
  const back = new Uint8Array(5);
  assert.equal(space.read(DATA, back, 0, 5), 5);
  assert.equal(Buffer.from(back).toString(), 'hello');
  assert.equal(space.read(0x1000, back, 0, 5), -14);
  assert.equal(space.writeWord(DATA + 8, 0xdeadbeef), true);
  assert.equal(space.readWord(DATA + 8), 0xdeadbeef);
  assert.equal(space.write(CODE, text, 0, 5), -14);
  assert.equal(space.poke(CODE, text, 0, 5), 5);
  thread.resumeFrame();
  space.destroy();
});

test('a fault reports signal, address and registers', () => {
  // mov 0x1234, %eax by way of rbx
  const { space, thread } = load(new Code().mov(3, 0x1234).raw(0x8b, 0x03).done());
  thread.resumeFrame();
  const t = next();
  assert.deepEqual([t.event, t.faultSignal, t.faultAddr, t.faultTrapNo], [Event.Fault, 11, 0x1234, 14]);
  assert.equal(t.regs.get(Reg.RBX), 0x1234);
  assert.equal(t.regs.get(Reg.RIP), CODE + 10);
  // Send it on to an exit instead.
  space.poke(CODE, new Code().call(60).done(), 0, 7);
  t.regs.set(Reg.RIP, CODE);
  t.regs.set(Reg.RDI, 77);
  t.resumeFrame();
  assert.equal(expectCall(60).arg(0), 77);
  space.destroy();
});

test('exec takes a fresh space and ends the old one', () => {
  const { space, thread } = load(new Code().call(59).done());
  thread.resumeFrame();
  const made = space.exec(expectCall(59), 'me', false);
  assert.ok(typeof made !== 'number');
  assert.equal(space.alive, false);
  setUp(made.space, made, new Code().call(60).done());
  made.regs.set(Reg.RDI, 5);
  made.resumeFrame();
  assert.equal(expectCall(60).arg(0), 5);
  made.space.destroy();
});
