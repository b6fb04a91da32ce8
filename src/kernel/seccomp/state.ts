/** Seccomp state of a task: strict mode, or a chain of filters, newest first. Immutable, so that tasks share it; a new filter makes a new head. */
import { SECCOMP_MODE_FILTER, SECCOMP_MODE_STRICT } from '#abi/prctl.ts';
import type { BpfProgram } from './bpf.ts';

export class SeccompState {
  readonly program: BpfProgram | null;
  readonly parent: SeccompState | null;
  /** By call number: 1 if every filter allows every call of that number. */
  readonly alwaysAllowed = new Uint8Array(512);
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
