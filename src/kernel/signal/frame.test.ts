import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { SA_ONSTACK, SA_RESTORER, SA_SIGINFO, SI_QUEUE, SIGUSR1, SIGUSR2, SS_DISABLE } from '#abi/signal.ts';
import { Event, Reg } from '#platform/platform.ts';
import { sigInfo } from '../pending-signals.ts';
import { SIG_BLOCK_NONE, sigsetOf } from '../sigset.ts';
import { spaceOf, TestKernel, threadOf } from '../test-kernel.ts';
import { FRAME_SIZE, popFrame, pushFrame, SIGINFO_AT } from './frame.ts';

const STACK = 0x700000;
const STACK_SIZE = 0x10000;
const ALT = 0x900000;
const HANDLER = 0x401000;
const RESTORER = 0x402000;

function guest() {
  const task = new TestKernel().init;
  const space = spaceOf(task);
  space.mapAnonymous(STACK, STACK_SIZE);
  space.mapAnonymous(ALT, STACK_SIZE);
  const thread = threadOf(task);
  thread.event = Event.Frame;
  thread.hasFrame = true;
  for (let reg = 0; reg < 18; reg += 1) thread.regs.setParts(reg, 0x1000 + reg, 0xff00 + reg);
  thread.regs.set(Reg.RSP, STACK + STACK_SIZE - 1000);
  thread.regs.set(Reg.RIP, 0x400123);
  thread.regs.setParts(Reg.EFLAGS, 0x202 | 0x400, 0);
  for (let i = 0; i < thread.regs.fpState.length; i += 1) thread.regs.fpState[i] = i & 0xff;
  return { task, space, thread, regs: thread.regs };
}
const action = (flags = 0) => ({
  handler: HANDLER,
  flags: (SA_SIGINFO | SA_RESTORER | flags) >>> 0,
  restorer: RESTORER,
  mask: SIG_BLOCK_NONE,
});

function u64(space: ReturnType<typeof guest>['space'], addr: number): number {
  return space.readWord(addr) + space.readWord(addr + 4) * 4294967296;
}

test('the offsets are those of the C library', (t) => {
  if (spawnSync('gcc', ['--version']).status !== 0) {
    t.skip('no gcc');
    return;
  }
  const dir = mkdtempSync(join(tmpdir(), 'belljar-frame-'));
  const source = join(dir, 'o.c');
  // glibc's ucontext_t is the kernel's up to uc_sigmask; the frame is the return address, it, and siginfo_t.
  writeFileSync(
    source,
    `#define _GNU_SOURCE
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <ucontext.h>
int main(void) {
  size_t u = 8;
  printf("%zu %zu %zu %zu %zu %zu %zu\\n", u + offsetof(ucontext_t, uc_stack), u + offsetof(ucontext_t, uc_mcontext),
    u + offsetof(ucontext_t, uc_mcontext.gregs[REG_RIP]), u + offsetof(ucontext_t, uc_mcontext.gregs[REG_ERR]),
    u + offsetof(ucontext_t, uc_mcontext.fpregs), u + offsetof(ucontext_t, uc_sigmask), sizeof(siginfo_t));
}`,
  );
  execFileSync('gcc', ['-o', join(dir, 'o'), source]);
  const [stack, mcontext, rip, err, fpregs, sigmask, siginfo] = execFileSync(join(dir, 'o'), { encoding: 'utf8' })
    .trim()
    .split(' ')
    .map(Number);
  rmSync(dir, { recursive: true });
  deepEqual([stack, mcontext, rip, err, fpregs, sigmask, siginfo], [24, 48, 48 + 16 * 8, 48 + 152, 48 + 184, 304, 128]);
  equal(SIGINFO_AT, (sigmask as number) + 8);
  equal(FRAME_SIZE, SIGINFO_AT + (siginfo as number));
});

test('a frame holds registers, mask, siginfo and vector state, and the handler gets its arguments', () => {
  const { task, space, thread, regs } = guest();
  const before = regs.values.slice();
  const mask = sigsetOf(SIGUSR2, 40);
  equal(pushFrame(task, action(), sigInfo(SIGUSR1, SI_QUEUE, { pid: 7, uid: 8, valueLo: 9 }), mask), true);
  const sp = regs.get(Reg.RSP);
  equal(sp % 16, 8);
  ok(sp < STACK + STACK_SIZE - 1000 - 128 - FRAME_SIZE);
  equal(u64(space, sp), RESTORER);
  equal(regs.get(Reg.RIP), HANDLER);
  equal(regs.get(Reg.RDI), SIGUSR1);
  equal(regs.get(Reg.RSI), sp + SIGINFO_AT);
  equal(regs.get(Reg.RDX), sp + 8);
  equal(regs.lo(Reg.EFLAGS) & 0x400, 0);
  for (let reg = 0; reg < 18; reg += 1) {
    equal(space.readWord(sp + 48 + reg * 8), before[reg * 2], `register ${reg}`);
    equal(space.readWord(sp + 52 + reg * 8), before[reg * 2 + 1], `register ${reg}`);
  }
  equal(space.readWord(sp + 304), mask.lo);
  equal(space.readWord(sp + 308), mask.hi);
  deepEqual(
    [0, 8, 16, 20, 24].map((at) => space.readWord(sp + SIGINFO_AT + at) | 0),
    [SIGUSR1, SI_QUEUE, 7, 8, 9],
  );
  const fp = u64(space, sp + 48 + 184);
  equal(fp % 64, 0);
  equal(space.readWord(fp + 4), 0x07060504);
  equal(thread.regs.fpState[1], 0, 'the handler starts with clean vector state');

  // ret pops the restorer's address; then the handler's return is sigreturn.
  regs.set(Reg.RSP, sp + 8);
  deepEqual(popFrame(task), mask);
  before[Reg.EFLAGS * 2] = 0x202 | 0x400;
  deepEqual(regs.values, before);
  equal(thread.regs.fpState[1], 1);
});

test('the alternate stack is entered once, saved, and not overrun', () => {
  const { task, regs } = guest();
  task.altStackBase = ALT;
  task.altStackSize = 8192;
  task.altStackFlags = 0;
  equal(pushFrame(task, action(SA_ONSTACK), sigInfo(SIGUSR1, 0), SIG_BLOCK_NONE), true);
  const first = regs.get(Reg.RSP);
  ok(first > ALT && first < ALT + 8192);
  equal(pushFrame(task, action(SA_ONSTACK), sigInfo(SIGUSR1, 0), SIG_BLOCK_NONE), true);
  ok(regs.get(Reg.RSP) < first, 'a nested frame goes below the first');
  regs.set(Reg.RSP, ALT + 300);
  equal(pushFrame(task, action(SA_ONSTACK), sigInfo(SIGUSR1, 0), SIG_BLOCK_NONE), false);
  regs.set(Reg.RSP, first + 8);
  task.altStackSize = 0;
  task.altStackFlags = SS_DISABLE;
  notEqual(popFrame(task), null);
  equal(task.altStackSize, 8192, 'sigreturn brings the alternate stack back');
});

test('no restorer, or a stack that is not there: no frame', () => {
  const { task, regs } = guest();
  equal(pushFrame(task, { ...action(), flags: SA_SIGINFO }, sigInfo(SIGUSR1, 0), SIG_BLOCK_NONE), false);
  regs.set(Reg.RSP, 0x100000);
  equal(pushFrame(task, action(), sigInfo(SIGUSR1, 0), SIG_BLOCK_NONE), false);
  regs.set(Reg.RSP, 0x100000);
  equal(popFrame(task), null);
});
