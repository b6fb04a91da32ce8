/** Seccomp state of a task: strict mode, or a chain of filters, newest first. Immutable, so that tasks share it; a new filter makes a new head. */
import { SECCOMP_MODE_FILTER, SECCOMP_MODE_STRICT } from '#abi/prctl.ts';
import type { BpfProgram } from './bpf.ts';

/** Calls with higher numbers are looked at each time. */
export const CACHED_CALLS = 512;
export const Constant = {
  /** Not asked yet, or the filters look at arguments. */
  Unknown: 0,
  Allowed: 1,
  /** Always the answer in `verdicts`. */
  Other: 2,
} as const;

export class SeccompState {
  readonly program: BpfProgram | null;
  readonly parent: SeccompState | null;
  /** By call number, what is known of every call of that number, since no filter looked at more: a Constant. */
  readonly constant = new Uint8Array(CACHED_CALLS);
  /** The answer to calls whose `constant` is Constant.Other. */
  readonly verdicts = new Uint32Array(CACHED_CALLS);
  /** Instructions in the whole chain, each filter counted with 4 more. */
  readonly cost: number;

  constructor(program: BpfProgram | null, parent: SeccompState | null) {
    this.program = program;
    this.parent = parent;
    this.cost = (parent?.cost ?? 0) + (program === null ? 0 : program.length + 4);
  }
  get mode(): number {
    return this.program === null ? SECCOMP_MODE_STRICT : SECCOMP_MODE_FILTER;
  }
  /** True if `other` is this state or one that this one was built on. */
  extends(other: SeccompState | null): boolean {
    if (other === null) return true;
    for (let state: SeccompState | null = this; state !== null; state = state.parent) if (state === other) return true;
    return false;
  }
}
