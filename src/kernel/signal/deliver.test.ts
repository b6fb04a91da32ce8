import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { EINTR, ERESTART_RESTARTBLOCK, ERESTARTNOHAND, ERESTARTNOINTR, ERESTARTSYS } from '#abi/errno.ts';
import { RLIMIT_SIGPENDING } from '#abi/resource.ts';
import {
  SA_NODEFER,
  SA_RESTART,
  SA_RESTORER,
  SEGV_MAPERR,
  SI_QUEUE,
  SI_USER,
  SIG_IGN,
  SIGCHLD,
  SIGCONT,
  SIGKILL,
  SIGRTMIN,
  SIGSEGV,
  SIGSTOP,
  SIGTERM,
  SIGTSTP,
  SIGUSR1,
  SIGUSR2,
} from '#abi/signal.ts';
import { Event, Reg } from '#platform/platform.ts';
import { sigInfo } from '../pending-signals.ts';
import { RESUME_FRAME } from '../result.ts';
import { Session } from '../session.ts';
import { SIG_BLOCK_NONE, sigsetHas, sigsetOf } from '../sigset.ts';
import { type Task, TaskState } from '../task.ts';
import { spaceOf, TestKernel, threadOf } from '../test-kernel.ts';
import { After, beforeReturn, deliverFault } from './deliver.ts';
import { endTemporaryMask, forceSignal, sendFromOutside, sendToGroup, sendToTask, setMask, setTemporaryMask } from './send.ts';

const STACK = 0x700000;
const HANDLER = 0x401000;
const RIP = 0x400202;

function setUp() {
  const world = new TestKernel();
  const task = world.process(world.init);
  return { world, task, kernel: world.kernel };
}
function handle(task: Task, signal: number, flags = 0): void {
  task.group.handlers.set(signal, { handler: HANDLER, flags: (SA_RESTORER | flags) >>> 0, restorer: 1, mask: SIG_BLOCK_NONE });
}
/** The task's thread has come back with its full frame after a call that ended with `result`. */
function withFrame(task: Task): void {
  const thread = threadOf(task);
  spaceOf(task).mapAnonymous(STACK, 0x4000);
  thread.event = Event.Frame;
  thread.hasFrame = true;
  thread.regs.set(Reg.RSP, STACK + 0x3000);
  thread.regs.set(Reg.RIP, RIP);
}
/** RAX and RIP in the frame that the handler will return to. */
function saved(task: Task): { rax: number; rip: number } {
  const sp = task.thread.regs.get(Reg.RSP);
  const space = spaceOf(task);
  return { rax: space.readWord(sp + 48 + Reg.RAX * 8) | 0, rip: space.readWord(sp + 48 + Reg.RIP * 8) };
}
const user = (signal: number) => sigInfo(signal, SI_USER);

const ends: [string, number, number, { rax: number; rip: number }][] = [
  ['ERESTARTSYS without SA_RESTART', -ERESTARTSYS, 0, { rax: -EINTR, rip: RIP }],
  ['ERESTARTSYS with SA_RESTART', -ERESTARTSYS, SA_RESTART, { rax: 7, rip: RIP - 2 }],
  ['ERESTARTNOHAND', -ERESTARTNOHAND, SA_RESTART, { rax: -EINTR, rip: RIP }],
  ['ERESTARTNOINTR', -ERESTARTNOINTR, 0, { rax: 7, rip: RIP - 2 }],
  ['ERESTART_RESTARTBLOCK', -ERESTART_RESTARTBLOCK, SA_RESTART, { rax: -EINTR, rip: RIP }],
  ['a value', 42, 0, { rax: 42, rip: RIP }],
  ['an error', -2, SA_RESTART, { rax: -2, rip: RIP }],
];
for (const [name, result, flags, want] of ends) {
  test(`a handler interrupts a call that ended with ${name}`, () => {
    const { task } = setUp();
    task.callNr = 7;
    handle(task, SIGUSR1, flags);
    task.kernel.current = task;
    sendToTask(task, user(SIGUSR1));
    equal(beforeReturn(task, result), After.NeedFrame);
    equal(task.notify, true, 'the signal stays queued');
    withFrame(task);
    equal(beforeReturn(task, result), After.ResumeFrame);
    deepEqual(saved(task), want);
    equal(task.thread.regs.get(Reg.RIP), HANDLER);
    equal(sigsetHas(task.mask, SIGUSR1), true);
    equal(task.notify, false);
  });
}

test('without a handler the call restarts, inside the kernel or by its own syscall instruction', () => {
  const { task } = setUp();
  task.callNr = 7;
  task.notify = true;
  equal(beforeReturn(task, -ERESTARTNOHAND), After.Restart);
  withFrame(task);
  equal(beforeReturn(task, -ERESTARTNOHAND), After.ResumeFrame);
  equal(task.thread.regs.get(Reg.RAX), 7);
  equal(task.thread.regs.get(Reg.RIP), RIP - 2);
  equal(beforeReturn(task, -ERESTART_RESTARTBLOCK), After.ResumeFrame);
  equal(task.thread.regs.get(Reg.RAX), 219);
});

test('several signals stack frames, and the call is ended once', () => {
  const { task } = setUp();
  handle(task, SIGUSR1, SA_RESTART | SA_NODEFER);
  handle(task, SIGUSR2, SA_NODEFER);
  sendToTask(task, user(SIGUSR2));
  sendToTask(task, user(SIGUSR1));
  withFrame(task);
  task.callNr = 7;
  equal(beforeReturn(task, -ERESTARTSYS), After.ResumeFrame);
  equal(task.thread.regs.get(Reg.RDI), SIGUSR2, 'the last frame runs first');
  deepEqual(saved(task), { rax: 0, rip: HANDLER });
  equal(task.pending.queue.length, 0);
});

test('a temporary mask comes back by the frame, or at once', () => {
  const { task } = setUp();
  handle(task, SIGUSR1);
  setMask(task, sigsetOf(SIGUSR1));
  sendToTask(task, user(SIGUSR1));
  equal(task.notify, false);
  setTemporaryMask(task, SIG_BLOCK_NONE);
  equal(task.notify, true);
  endTemporaryMask(task, true);
  withFrame(task);
  equal(beforeReturn(task, -ERESTARTNOHAND), After.ResumeFrame);
  equal(spaceOf(task).readWord(task.thread.regs.get(Reg.RSP) + 304), 1 << (SIGUSR1 - 1));
  equal(task.savedMask, null);

  setMask(task, sigsetOf(SIGUSR2));
  setTemporaryMask(task, SIG_BLOCK_NONE);
  endTemporaryMask(task, false);
  deepEqual(task.mask, sigsetOf(SIGUSR2));
});

test('faults cannot be blocked or ignored', () => {
  const { task } = setUp();
  handle(task, SIGSEGV);
  setMask(task, sigsetOf(SIGSEGV));
  withFrame(task);
  const thread = threadOf(task);
  Object.assign(thread, { event: Event.Fault, faultSignal: SIGSEGV, faultCode: SEGV_MAPERR, faultAddr: 0x1234 });
  deliverFault(task);
  equal(beforeReturn(task, RESUME_FRAME), After.Gone);
  equal(task.group.exitStatus, SIGSEGV);
});

test('a frame that cannot be stored ends the process by SIGSEGV', () => {
  const { task } = setUp();
  handle(task, SIGUSR1);
  sendToTask(task, user(SIGUSR1));
  withFrame(task);
  task.thread.regs.set(Reg.RSP, 0x100000);
  equal(beforeReturn(task, 0), After.Gone);
  equal(task.group.exitStatus, SIGSEGV);
});

test('default actions: terminate, ignore, and nothing for a protected init', () => {
  const { task, world } = setUp();
  equal(sendToTask(task, user(SIGCHLD)), 0);
  equal(task.notify, false);
  sendToGroup(task.group, user(SIGTERM));
  equal(beforeReturn(task, 0), After.Gone);
  equal(task.group.exitStatus, SIGTERM);
  const { init } = world;
  init.group.unkillable = true;
  sendToGroup(init.group, user(SIGKILL));
  sendToGroup(init.group, user(SIGTERM));
  equal(init.notify, false);
  sendFromOutside(init.group, SIGKILL);
  equal(init.notify, true);
  world.kernel.timers.run(world.kernel.now());
  equal(init.exiting, true);
});

test('SIGKILL ends a process whose thread never comes in', () => {
  const { task, kernel } = setUp();
  setMask(task, { lo: 0xffffffff, hi: 0xffffffff });
  sendToGroup(task.group, user(SIGKILL));
  kernel.timers.run(kernel.now());
  equal(task.exiting, true);
  equal(task.group.exitStatus, SIGKILL);
});

test('a process signal goes to a thread that does not block it, and follows a mask change', () => {
  const { task, world } = setUp();
  const other = world.thread(task);
  handle(task, SIGUSR1);
  setMask(task, sigsetOf(SIGUSR1));
  sendToGroup(task.group, user(SIGUSR1));
  deepEqual([task.notify, other.notify], [false, true]);
  equal(threadOf(other).interrupts, 1, 'it was computing');
  setMask(task, SIG_BLOCK_NONE);
  setMask(other, sigsetOf(SIGUSR1));
  deepEqual([task.notify, other.notify], [true, false]);
});

test('a stop takes all threads, is reported once, and SIGCONT undoes it', () => {
  const { task, world } = setUp();
  const other = world.thread(task);
  const parent = world.init;
  handle(parent, SIGCHLD);
  sendToGroup(task.group, user(SIGSTOP));
  equal(beforeReturn(task, 5), After.Stopped);
  equal(task.group.stop.stopped, false);
  equal(threadOf(other).interrupts, 1);
  equal(beforeReturn(other, RESUME_FRAME), After.Stopped);
  deepEqual([task.group.stop.stopped, task.group.stop.stopReport, task.group.stop.signal], [true, true, SIGSTOP]);
  equal(parent.group.pending.queue[0]?.status, SIGSTOP);
  sendToGroup(task.group, user(SIGTERM));
  equal(task.state, TaskState.Stopped, 'other signals wait');
  sendToGroup(task.group, user(SIGCONT));
  deepEqual([task.state, other.state, task.group.stop.continueReport], [TaskState.Running, TaskState.Running, true]);
  equal(beforeReturn(task, 5), After.Gone, 'and are delivered now');
});

test('terminal stops do nothing to an orphaned process group', () => {
  const { task, world } = setUp();
  world.init.group.session = new Session(99);
  sendToGroup(task.group, user(SIGTSTP));
  equal(beforeReturn(task, 0), After.Resume);
});

test('SIGCONT discards pending stops and the other way round', () => {
  const { task } = setUp();
  setMask(task, sigsetOf(SIGTSTP, SIGCONT));
  handle(task, SIGCONT);
  sendToTask(task, user(SIGTSTP));
  sendToTask(task, user(SIGCONT));
  deepEqual(
    task.pending.queue.map((info) => info.signal),
    [SIGCONT],
  );
  sendToTask(task, user(SIGTSTP));
  deepEqual(
    task.pending.queue.map((info) => info.signal),
    [SIGTSTP],
  );
});

test('ignored signals are dropped unless blocked; real-time ones are limited', () => {
  const { task } = setUp();
  task.group.handlers.set(SIGUSR1, { handler: SIG_IGN, flags: 0, restorer: 0, mask: SIG_BLOCK_NONE });
  sendToTask(task, user(SIGUSR1));
  equal(task.pending.queue.length, 0);
  setMask(task, sigsetOf(SIGUSR1, SIGRTMIN));
  sendToTask(task, user(SIGUSR1));
  equal(task.pending.queue.length, 1);
  task.group.limits.set(RLIMIT_SIGPENDING, 3, 3);
  deepEqual(
    [0, 0, 0].map(() => sendToTask(task, sigInfo(SIGRTMIN, SI_QUEUE))),
    [0, 0, -11],
  );
});

test('forced signals replace a pending one', () => {
  const { task } = setUp();
  handle(task, SIGSEGV);
  sendToTask(task, user(SIGSEGV));
  forceSignal(task, sigInfo(SIGSEGV, SEGV_MAPERR, { addr: 5 }));
  deepEqual(
    task.pending.queue.map((info) => info.code),
    [SEGV_MAPERR],
  );
});
