/**
 * linux.seccomp of config.json (runtime-spec, config-linux.md, "Seccomp"): parsed, and compiled to the classic BPF that Belljar's
 * kernel runs on guests' calls. The host's own filters are another matter and are not touched by it.
 *
 * As runc and libseccomp have it: names that no x86-64 call has are left out, a rule's conditions must all hold unless they name one
 * argument twice (then each is a rule of its own), rules with conditions come before the one without, and calls with numbers
 * beyond every one the profile knows answer ENOSYS where the default would refuse them, so that programs try something older.
 */
import { ENOSYS, EPERM } from '#abi/errno.ts';
import {
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_KILL_PROCESS,
  SECCOMP_RET_KILL_THREAD,
  SECCOMP_RET_LOG,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_TRAP,
} from '#abi/prctl.ts';
import { syscalls } from '#abi/syscalls.ts';
import type { BpfInstruction } from '#kernel/seccomp/bpf.ts';
import { Failure } from '../failure.ts';
import type { Field } from '../spec/reader.ts';
import { type Call, type Condition, conditionOps, generate, type Rule } from './generate.ts';

const actions = {
  SCMP_ACT_KILL: SECCOMP_RET_KILL_THREAD,
  SCMP_ACT_KILL_THREAD: SECCOMP_RET_KILL_THREAD,
  SCMP_ACT_KILL_PROCESS: SECCOMP_RET_KILL_PROCESS,
  SCMP_ACT_TRAP: SECCOMP_RET_TRAP,
  SCMP_ACT_ERRNO: SECCOMP_RET_ERRNO,
  SCMP_ACT_TRACE: SECCOMP_RET_TRACE,
  SCMP_ACT_LOG: SECCOMP_RET_LOG,
  SCMP_ACT_ALLOW: SECCOMP_RET_ALLOW,
} as const;
export const seccompActions = Object.keys(actions) as (keyof typeof actions)[];
export const seccompOperators = Object.keys(conditionOps);
export const seccompFlags = [
  'SECCOMP_FILTER_FLAG_TSYNC',
  'SECCOMP_FILTER_FLAG_LOG',
  'SECCOMP_FILTER_FLAG_SPEC_ALLOW',
  'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV',
] as const;

export interface SeccompRule {
  readonly names: readonly string[];
  /** The verdict, as a filter returns it. */
  readonly verdict: number;
  readonly conditions: readonly Condition[];
}
export interface SeccompProfile {
  readonly defaultVerdict: number;
  readonly rules: readonly SeccompRule[];
}

const MAX_ERRNO = 4095;

function parseVerdict(action: Field, errnoRet: Field, defaultErrno = EPERM): number {
  if (action.value === 'SCMP_ACT_NOTIFY')
    throw new Failure(
      'seccomp',
      `config.json: ${action.path}: SCMP_ACT_NOTIFY hands calls to a program of the host, which guests' calls never reach: use SCMP_ACT_ERRNO or SCMP_ACT_TRAP`,
    );
  const verdict = actions[action.oneOf(...seccompActions)];
  if (verdict === SECCOMP_RET_ERRNO) return verdict | errnoRet.integerOr(defaultErrno, 0, MAX_ERRNO);
  if (verdict === SECCOMP_RET_TRACE) return verdict | errnoRet.integerOr(defaultErrno, 0, 0xffff);
  if (!errnoRet.missing) errnoRet.fail('nothing: only SCMP_ACT_ERRNO and SCMP_ACT_TRACE have a number');
  return verdict;
}

/** A uint64. JSON.parse rounds above 2^53; the largest, which stands for -1, is kept. */
function parseWord(field: Field): { lo: number; hi: number } {
  const value = field.integerOr(0, 0, 2 ** 64);
  if (value >= 2 ** 64) return { lo: 0xffffffff, hi: 0xffffffff };
  return { lo: value % 4294967296, hi: Math.floor(value / 4294967296) };
}

function parseCondition(field: Field): Condition {
  return {
    index: field.at('index').integer(0, 5),
    op: field.at('op').oneOf(...(Object.keys(conditionOps) as (keyof typeof conditionOps)[])),
    value: parseWord(field.at('value')),
    valueTwo: parseWord(field.at('valueTwo')),
  };
}

/** `field` is linux.seccomp, which must be there. */
export function parseSeccomp(field: Field): SeccompProfile {
  const defaultVerdict = parseVerdict(field.at('defaultAction'), field.at('defaultErrnoRet'));
  for (const architecture of field.at('architectures').items())
    if (!/^SCMP_ARCH_[A-Z0-9_]+$/.test(architecture.string())) architecture.fail('a name such as SCMP_ARCH_X86_64');
  for (const flag of field.at('flags').items()) flag.oneOf(...seccompFlags);
  const rules = field
    .at('syscalls')
    .items()
    .map((rule): SeccompRule => {
      const names = rule
        .at('names')
        .items()
        .map((name) => name.string());
      if (names.length === 0) rule.at('names').fail('at least one name');
      return {
        names,
        verdict: parseVerdict(rule.at('action'), rule.at('errnoRet')),
        conditions: rule.at('args').items().map(parseCondition),
      };
    });
  return { defaultVerdict, rules };
}

export interface CompiledSeccomp {
  readonly program: readonly BpfInstruction[];
  /** Names that x86-64 Linux has no call of. */
  readonly unknown: readonly string[];
}

interface Entry {
  readonly conditional: Rule[];
  otherwise: number | null;
}

export function compileSeccomp(profile: SeccompProfile): CompiledSeccomp {
  const numbers = syscalls as Readonly<Record<string, { readonly number: number }>>;
  const unknown = new Set<string>();
  const calls = new Map<number, Entry>();
  for (const { names, verdict, conditions } of profile.rules) {
    for (const name of names) {
      const number = Object.hasOwn(numbers, name) ? numbers[name]?.number : undefined;
      if (number === undefined) {
        unknown.add(name);
        continue;
      }
      const call = entry(calls, number);
      if (conditions.length === 0) call.otherwise ??= verdict;
      else for (const all of alternatives(conditions)) call.conditional.push({ all, verdict });
    }
  }
  const table: Call[] = [...calls]
    .sort(([a], [b]) => a - b)
    .map(([number, { conditional, otherwise }]) => ({ number, rules: conditional, otherwise: otherwise ?? profile.defaultVerdict }));
  const last = table.at(-1)?.number;
  const beyond = last === undefined || isPermissive(profile.defaultVerdict) ? profile.defaultVerdict : SECCOMP_RET_ERRNO | ENOSYS;
  const program = generate(table, profile.defaultVerdict, beyond);
  if (program === null)
    throw new Failure(
      'seccomp',
      'config.json: linux.seccomp.syscalls: the rules make a filter of more than 4096 instructions: use fewer conditions',
    );
  return { program, unknown: [...unknown] };
}

function entry(calls: Map<number, Entry>, number: number): Entry {
  const found = calls.get(number) ?? { conditional: [], otherwise: null };
  calls.set(number, found);
  return found;
}

/** One argument named twice cannot be two values at once: such conditions are alternatives. */
function alternatives(conditions: readonly Condition[]): readonly (readonly Condition[])[] {
  const twice = new Set(conditions.map(({ index }) => index)).size < conditions.length;
  return twice ? conditions.map((condition) => [condition]) : [conditions];
}

function isPermissive(verdict: number): boolean {
  const action = (verdict & 0xffff0000) >>> 0;
  return action === SECCOMP_RET_ALLOW || action === SECCOMP_RET_LOG || action === SECCOMP_RET_TRACE;
}
