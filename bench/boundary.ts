/**
 * What the boundary itself costs, with a kernel that only answers: node bench/boundary.ts. Minimum and median in us of
 * each operation, in one process. Compare rows within one run only.
 */
import { CODE, Code, DATA, expectCall, load, next, platform, setUp } from '../tests/platform/driver.ts';
import { Reg } from '#platform/platform.ts';

const p = platform();
const rows: [string, number[]][] = [];

function row(name: string, samples: number[]): void {
  samples.sort((a, b) => a - b);
  rows.push([name, samples]);
  const at = (q: number): string => ((samples[Math.floor(samples.length * q)] ?? 0) / 1000).toFixed(3);
  console.log(`${name.padEnd(46)} ${at(0).padStart(9)} ${at(0.5).padStart(9)} ${at(0.95).padStart(9)}`);
}

function loop(name: string, code: Code, patched: boolean, answer: (t: ReturnType<typeof next>) => void, rounds = 300, batch = 200): void {
  const { space, thread } = load(code.done());
  if (patched) space.patchAdvice = { mayPatch: () => true, reserve: () => CODE + 0x100_0000 };
  thread.resumeFrame();
  for (let i = 0; i < batch * 10; i++) answer(next());
  const samples: number[] = [];
  for (let r = 0; r < rounds; r++) {
    const from = p.now();
    for (let i = 0; i < batch; i++) answer(next());
    samples.push((p.now() - from) / batch);
  }
  row(name, samples);
  space.destroy();
}

console.log(`${'operation'.padEnd(46)} ${'min'.padStart(9)} ${'median'.padStart(9)} ${'p95'.padStart(9)}   us`);
const again = (nr: number): Code => new Code().label('again').call(nr).jump('again');
loop('call, patched', again(39), true, (t) => t.resume(1));
loop('call, trapped', again(39), false, (t) => t.resume(1), 100, 100);
loop('write of 64 bytes carried, patched', new Code().label('again').syscall(1, 1, DATA, 64).jump('again'), true, (t) => {
  if (t.carried(DATA, 64) < 0) throw new Error('not carried');
  t.resume(64);
});
loop('read of 64 bytes replied, patched', new Code().label('again').syscall(0, 0, DATA, 64).jump('again'), true, (t) => {
  t.reply(DATA, 64);
  t.resume(64);
});
loop(
  'mmap + touch + munmap, patched',
  new Code().label('again').call(9).raw(0x48, 0x89, 0x00).call(11).jump('again'),
  true,
  (t) => {
    if (t.nr === 9) t.resumeWithMemoryCall(9, 0x6000_0000, 0x4000, 3, 0x32, 0x6000_0000);
    else t.resumeWithMemoryCall(11, 0x6000_0000, 0x4000, 0, 0, 0);
  },
  100,
  100,
);

{
  const { space, thread } = load(again(57).done());
  thread.resumeFrame();
  const first: number[] = [];
  const done: number[] = [];
  const t = expectCall(57);
  for (let i = 0; i < 200; i++) {
    const from = p.now();
    const made = space.fork(t, null);
    if (typeof made === 'number') throw new Error(`fork ${made}`);
    done.push(p.now() - from);
    made.thread.regs.set(Reg.RAX, 0);
    made.thread.resumeFrame();
    const child = next();
    first.push(p.now() - from);
    child.space.destroy();
  }
  row('fork, until the kernel goes on', done);
  row('fork, until the first call of the child', first);
  space.destroy();
}
{
  const samples: number[] = [];
  const flush: number[] = [];
  const code = again(59).done();
  let { space, thread } = load(code);
  thread.resumeFrame();
  let t = expectCall(59);
  for (let i = 0; i < 200; i++) {
    const from = p.now();
    const made = space.exec(t, null, false);
    if (typeof made === 'number') throw new Error(`exec ${made}`);
    space = made.space;
    thread = made;
    const mid = p.now();
    setUp(space, thread, code);
    flush.push(p.now() - mid);
    thread.resumeFrame();
    t = expectCall(59);
    samples.push(p.now() - from);
  }
  row('exec of a tiny program, until its first call', samples);
  row('  of which mapping it (two batches)', flush);
  space.destroy();
}
{
  const { space, thread } = load(new Code().call(39).call(60).done());
  thread.resumeFrame();
  const first = expectCall(39);
  const samples: number[] = [];
  for (let i = 0; i < 200; i++) {
    const from = p.now();
    const made = space.newThread(null, first);
    if (typeof made === 'number') throw new Error(`thread ${made}`);
    made.regs.set(Reg.RIP, CODE + 7);
    made.resumeFrame();
    const t = expectCall(60);
    samples.push(p.now() - from);
    t.exit(0);
  }
  row('thread, from order to its first call', samples);
  space.destroy();
}
{
  const { space, thread } = load(new Code().label('spin').jump('spin').done());
  thread.resumeFrame();
  const samples: number[] = [];
  for (let i = 0; i < 300; i++) {
    const from = p.now();
    thread.interrupt();
    const t = next();
    samples.push(p.now() - from);
    t.resumeFrame();
  }
  row('interrupt of a computing thread', samples);
  space.destroy();
}
p.shutdown();
process.exit(0);
