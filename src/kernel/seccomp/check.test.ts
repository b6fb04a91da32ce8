import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { TestKernel } from '../test-kernel.ts';
import { BpfProgram } from './bpf.ts';
import { seccompCheck } from './check.ts';
import { Constant, SeccompState } from './state.ts';

const ALLOW = 0x7fff0000;
const LD_ABS = 0x20;
const JEQ = 0x15;
const RET = 0x06;

/** Call 39 is refused with errno 7, call 40 by its first argument, all others allowed. */
function filter(): { state: SeccompState; runs: () => number } {
  const program = BpfProgram.check([
    { code: LD_ABS, jt: 0, jf: 0, k: 0 },
    { code: JEQ, jt: 2, jf: 0, k: 39 },
    { code: JEQ, jt: 2, jf: 0, k: 40 },
    { code: RET, jt: 0, jf: 0, k: ALLOW },
    { code: RET, jt: 0, jf: 0, k: 0x50007 },
    { code: LD_ABS, jt: 0, jf: 0, k: 16 },
    { code: JEQ, jt: 0, jf: 1, k: 5 },
    { code: RET, jt: 0, jf: 0, k: 0x50009 },
    { code: RET, jt: 0, jf: 0, k: ALLOW },
  ]) as BpfProgram;
  let count = 0;
  const counted = Object.create(program, {
    length: { value: program.length },
    run: {
      value: (data: Uint32Array) => {
        count += 1;
        program.run(data);
      },
    },
  }) as BpfProgram;
  return { state: new SeccompState(counted, null), runs: () => count };
}

test('what a filter says of a call whatever its arguments is asked once; what depends on them, each time', () => {
  const { init } = new TestKernel();
  const { state, runs } = filter();
  init.seccomp = state;
  const ask = (nr: number, argument: number) => {
    init.callNr = nr;
    init.thread.argLo = (i) => (i === 0 ? argument : 0);
    init.thread.argHi = () => 0;
    return seccompCheck(init);
  };
  deepEqual([ask(1, 0), ask(1, 5), ask(1, 6)], [null, null, null]);
  equal(runs(), 1);
  deepEqual([ask(39, 0), ask(39, 5)], [-7, -7]);
  equal(runs(), 2);
  deepEqual([ask(40, 5), ask(40, 6), ask(40, 5)], [-9, null, -9]);
  equal(runs(), 5);
  deepEqual([state.constant[1], state.constant[39], state.constant[40]], [Constant.Allowed, Constant.Other, Constant.Unknown]);
  deepEqual([ask(600, 0), ask(600, 0)], [null, null], 'beyond the cache');
  equal(runs(), 7);
});
