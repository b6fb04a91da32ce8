/** What a process does with each signal (`sighand_struct`); shared by CLONE_SIGHAND, and by all threads of a group. */
import { NSIG, SIG_DFL, SIG_IGN } from '#abi/signal.ts';
import { SIG_BLOCK_NONE, type SigSet } from '#kernel/sigset.ts';
import { WaitQueue } from '#kernel/wait.ts';

/** One struct sigaction as the kernel takes it; immutable. */
export interface SigAction {
  /** SIG_DFL, SIG_IGN or the handler's address. */
  readonly handler: number;
  /** SA_* bits, unsigned. */
  readonly flags: number;
  readonly restorer: number;
  readonly mask: SigSet;
}

const DEFAULT: SigAction = { handler: SIG_DFL, flags: 0, restorer: 0, mask: SIG_BLOCK_NONE };
const IGNORE: SigAction = { handler: SIG_IGN, flags: 0, restorer: 0, mask: SIG_BLOCK_NONE };

export class SignalHandlers {
  /** Tasks that share it. */
  refs = 1;
  /** Woken whenever a signal is queued for one of the sharers, blocked or not: signalfd and sigtimedwait sleep here. */
  readonly queued = new WaitQueue();
  /** Index: signal - 1. */
  #actions: SigAction[] = new Array<SigAction>(NSIG).fill(DEFAULT);

  get(signal: number): SigAction {
    return this.#actions[signal - 1] ?? DEFAULT;
  }
  set(signal: number, action: SigAction): void {
    this.#actions[signal - 1] = action;
  }
  /** Back to the default action (SA_RESETHAND, forced signals). */
  reset(signal: number): void {
    this.#actions[signal - 1] = DEFAULT;
  }
  /** A copy for fork. */
  copy(): SignalHandlers {
    const copy = new SignalHandlers();
    copy.#actions = this.#actions.slice();
    return copy;
  }
  /** execve: handlers go back to the default; ignored signals stay ignored. */
  copyForExec(): SignalHandlers {
    const copy = new SignalHandlers();
    copy.#actions = this.#actions.map((action) => (action.handler === SIG_IGN ? IGNORE : DEFAULT));
    return copy;
  }
  /** CLONE_CLEAR_SIGHAND: as execve, from a clone. */
  copyCleared(): SignalHandlers {
    return this.copyForExec();
  }
}
