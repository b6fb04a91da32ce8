import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { syscalls } from '#abi/syscalls.ts';
import { BpfProgram, SECCOMP_DATA_WORDS, verdict } from '#kernel/seccomp/bpf.ts';
import { dockerSeccomp } from '../../../tests/resources/docker-seccomp.ts';
import { Field } from '../spec/reader.ts';
import { compileSeccomp, parseSeccomp, seccompActions, seccompOperators } from './profile.ts';

const parse = (profile: unknown) => parseSeccomp(new Field(profile, 'linux.seccomp'));
const ALLOW = 0x7fff0000;
const errno = (number: number) => 0x50000 + number;

/** Asks a compiled profile about calls. */
function asker(profile: unknown): (nr: number | string, ...args: (number | bigint)[]) => number {
  const { program } = compileSeccomp(parse(profile));
  const checked = BpfProgram.check(program);
  if (typeof checked === 'number') throw new Error(`not a valid filter: ${checked}`);
  const data = new Uint32Array(SECCOMP_DATA_WORDS);
  return (nr, ...args) => {
    data.fill(0);
    data[0] = typeof nr === 'number' ? nr : syscalls[nr as keyof typeof syscalls].number;
    args.forEach((arg, i) => {
      data[4 + 2 * i] = Number(BigInt(arg) & 0xffffffffn);
      data[5 + 2 * i] = Number((BigInt(arg) >> 32n) & 0xffffffffn);
    });
    checked.run(data);
    return verdict.value;
  };
}

test("a profile like Docker's: by name, by argument, by default", () => {
  const ask = asker(dockerSeccomp);
  equal(ask('read'), ALLOW);
  equal(ask('getppid'), ALLOW);
  equal(verdict.sawArguments, false, 'so that the answer can be kept');
  equal(ask('mount'), errno(1));
  equal(verdict.sawArguments, false);
  equal(ask('clone3'), errno(38));
  equal(ask('clone', 0x11), ALLOW);
  equal(ask('clone', 0x10000011), errno(1), 'CLONE_NEWUSER');
  equal(ask('clone', 0x1_0000_0011n), ALLOW, 'the mask has no upper half');
  equal(ask('socket', 1), ALLOW);
  equal(ask('socket', 40), errno(1));
  equal(ask('socket', 40n + (1n << 32n)), ALLOW);
  for (const [value, want] of [
    [0, ALLOW],
    [8, ALLOW],
    [0x20008, ALLOW],
    [0xffffffff, ALLOW],
    [4, errno(1)],
    [0x40000, errno(1)],
  ] as const)
    equal(ask('personality', value), want, `personality ${value}`);
  const last = Math.max(
    ...[...dockerSeccomp.syscalls]
      .flatMap(({ names }) => names)
      .map((name) => (syscalls as Record<string, { number: number }>)[name]?.number ?? 0),
  );
  equal(ask(last + 1), errno(38), 'what the profile cannot know');
  equal(ask(5000), errno(38));
  equal(ask(0xffffffff), errno(38));
  const { program, unknown } = compileSeccomp(parse(dockerSeccomp));
  ok(program.length < 1000, `${program.length} instructions`);
  ok(unknown.includes('chown32') && unknown.includes('_llseek') && !unknown.includes('read'));
});

test('an answer takes few steps', () => {
  // Half of the comparisons of a search over 350 calls are already more than this.
  const { program } = compileSeccomp(parse(dockerSeccomp));
  let longest = 0;
  for (let nr = 0; nr < 500; nr += 1) {
    let pc = 0;
    for (let steps = 1; ; steps += 1) {
      const { code, jt, jf, k } = program[pc] as (typeof program)[number];
      longest = Math.max(longest, steps);
      if (code === 0x06) break;
      pc += 1;
      if (code === 0x05) pc += k;
      else if ((code & 7) === 5) pc += ((code & 0xf0) === 0x30 ? nr >= k : false) ? jt : jf;
    }
  }
  ok(longest < 40, `${longest} steps`);
});

test('all actions', () => {
  const want: Record<string, number> = {
    SCMP_ACT_KILL: 0,
    SCMP_ACT_KILL_THREAD: 0,
    SCMP_ACT_KILL_PROCESS: 0x80000000,
    SCMP_ACT_TRAP: 0x30000,
    SCMP_ACT_ERRNO: errno(1),
    SCMP_ACT_TRACE: 0x7ff00001,
    SCMP_ACT_LOG: 0x7ffc0000,
    SCMP_ACT_ALLOW: ALLOW,
  };
  deepEqual([...seccompActions].sort(), Object.keys(want).sort());
  for (const action of seccompActions) {
    const ask = asker({
      defaultAction: action === 'SCMP_ACT_ALLOW' ? 'SCMP_ACT_LOG' : 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['getppid'], action }],
    });
    equal(ask('getppid'), want[action], action);
    equal(ask('getpid'), action === 'SCMP_ACT_ALLOW' ? want['SCMP_ACT_LOG'] : ALLOW);
  }
  equal(asker({ defaultAction: 'SCMP_ACT_KILL_PROCESS' })('getppid'), 0x80000000);
  equal(asker({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 13 })('getppid'), errno(13));
  throws(
    () => parse({ defaultAction: 'SCMP_ACT_NOTIFY' }),
    /linux\.seccomp\.defaultAction: SCMP_ACT_NOTIFY hands calls to a program of the host/,
  );
});

test('numbers beyond the profile: ENOSYS only where the default refuses', () => {
  const profile = (defaultAction: string) => ({ defaultAction, syscalls: [{ names: ['read', 'mount'], action: 'SCMP_ACT_TRAP' }] });
  equal(asker(profile('SCMP_ACT_ALLOW'))(400), ALLOW);
  equal(asker(profile('SCMP_ACT_LOG'))(400), 0x7ffc0000);
  equal(asker(profile('SCMP_ACT_KILL'))(400), errno(38));
  equal(asker(profile('SCMP_ACT_KILL'))(1), 0, 'within them the default');
});

// The model: conditions on 64-bit numbers, in the words of the specification.
const MASK64 = (1n << 64n) - 1n;
const holds: Record<string, (arg: bigint, value: bigint, two: bigint) => boolean> = {
  SCMP_CMP_NE: (a, v) => a !== v,
  SCMP_CMP_LT: (a, v) => a < v,
  SCMP_CMP_LE: (a, v) => a <= v,
  SCMP_CMP_EQ: (a, v) => a === v,
  SCMP_CMP_GE: (a, v) => a >= v,
  SCMP_CMP_GT: (a, v) => a > v,
  SCMP_CMP_MASKED_EQ: (a, v, two) => (a & v) === two,
};

test('compiled filters answer as the rules say', () => {
  deepEqual(Object.keys(holds).sort(), [...seccompOperators].sort());
  // Few values, so that they meet; with upper halves, within what JSON keeps exactly.
  const word = fc.constantFrom(0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x100000001, 0x1fffffffff, 2 ** 52);
  const condition = fc.record({
    index: fc.integer({ min: 0, max: 5 }),
    op: fc.constantFrom(...Object.keys(holds)),
    value: word,
    valueTwo: word,
  });
  const names = ['read', 'write', 'getppid', 'clone', 'socket', 'personality', 'openat2', 'mount'];
  const rule = fc.record({
    names: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }),
    action: fc.constantFrom('SCMP_ACT_ALLOW', 'SCMP_ACT_KILL', 'SCMP_ACT_TRAP', 'SCMP_ACT_LOG'),
    args: fc.uniqueArray(condition, { maxLength: 6, selector: ({ index }) => index }),
  });
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 12 }),
      fc.constantFrom(...names),
      fc.array(word, { minLength: 6, maxLength: 6 }),
      (rules, name, args) => {
        const verdicts: Record<string, number> = {
          SCMP_ACT_ALLOW: ALLOW,
          SCMP_ACT_KILL: 0,
          SCMP_ACT_TRAP: 0x30000,
          SCMP_ACT_LOG: 0x7ffc0000,
        };
        const ask = asker({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: rules });
        const mine = rules.filter((one) => one.names.includes(name));
        const first = mine.find(
          (one) =>
            one.args.length > 0 &&
            one.args.every((c) => holds[c.op]?.(BigInt(args[c.index] as number) & MASK64, BigInt(c.value), BigInt(c.valueTwo))),
        );
        const action = first?.action ?? mine.find((one) => one.args.length === 0)?.action ?? 'SCMP_ACT_ALLOW';
        equal(ask(name, ...args), verdicts[action]);
      },
    ),
    { numRuns: 2000 },
  );
});

test('one argument named twice makes alternatives', () => {
  const ask = asker({
    defaultAction: 'SCMP_ACT_ERRNO',
    syscalls: [
      {
        names: ['personality'],
        action: 'SCMP_ACT_ALLOW',
        args: [
          { index: 0, value: 0, op: 'SCMP_CMP_EQ' },
          { index: 0, value: 8, op: 'SCMP_CMP_EQ' },
        ],
      },
    ],
  });
  deepEqual(
    [0, 8, 4].map((value) => ask('personality', value)),
    [ALLOW, ALLOW, errno(1)],
  );
});

test('-1 as a 64-bit number, which JSON rounds up', () => {
  const profile = JSON.parse(
    '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["getppid"],"action":"SCMP_ACT_ALLOW","args":[{"index":1,"value":18446744073709551615,"op":"SCMP_CMP_EQ"}]}]}',
  );
  const ask = asker(profile);
  equal(ask('getppid', 0, MASK64), ALLOW);
  equal(ask('getppid', 0, MASK64 - 1n), errno(1));
});

test('what is wrong is said with its place', () => {
  throws(() => parse({}), /linux\.seccomp\.defaultAction: want one of SCMP_ACT_KILL/);
  throws(() => parse({ defaultAction: 'SCMP_ACT_ALLOW', flags: ['X'] }), /linux\.seccomp\.flags\[0\]: want one of/);
  throws(() => parse({ defaultAction: 'SCMP_ACT_ALLOW', architectures: ['x86'] }), /architectures\[0\]/);
  const rule = (more: object) => ({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['read'], action: 'SCMP_ACT_ERRNO', ...more }] });
  throws(() => parse(rule({ names: [] })), /syscalls\[0\]\.names: want at least one name/);
  throws(() => parse(rule({ errnoRet: 5000 })), /errnoRet: want an integer from 0 to 4095/);
  throws(() => parse(rule({ action: 'SCMP_ACT_KILL', errnoRet: 5 })), /errnoRet: want nothing/);
  throws(() => parse(rule({ args: [{ index: 6, value: 0, op: 'SCMP_CMP_EQ' }] })), /args\[0\]\.index: want an integer from 0 to 5/);
  throws(() => parse(rule({ args: [{ index: 0, value: 0, op: 'EQ' }] })), /args\[0\]\.op/);
  const many = Array.from({ length: 1000 }, (_, value) => ({
    names: ['read'],
    action: 'SCMP_ACT_KILL',
    args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }],
  }));
  throws(() => compileSeccomp(parse({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: many })), /more than 4096 instructions/);
});
