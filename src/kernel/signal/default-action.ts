/** What a signal does when the process has no handler for it (signal(7)). */
import {
  SIGABRT,
  SIGBUS,
  SIGCHLD,
  SIGCONT,
  SIGFPE,
  SIGILL,
  SIGKILL,
  SIGQUIT,
  SIGSEGV,
  SIGSTOP,
  SIGSYS,
  SIGTRAP,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGURG,
  SIGWINCH,
  SIGXCPU,
  SIGXFSZ,
} from '#abi/signal.ts';
import { sigsetHas, sigsetOf } from '../sigset.ts';

export const STOP_SIGNALS = sigsetOf(SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU);
export const CONTINUE_SIGNAL = sigsetOf(SIGCONT);
const IGNORED = sigsetOf(SIGCHLD, SIGCONT, SIGURG, SIGWINCH);
const CORE = sigsetOf(SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS);
/** Cannot be caught, blocked or ignored. */
export const UNBLOCKABLE = sigsetOf(SIGKILL, SIGSTOP);

export const DefaultAction = { Terminate: 0, Core: 1, Stop: 2, Ignore: 3 } as const;
export type DefaultAction = (typeof DefaultAction)[keyof typeof DefaultAction];

export function defaultAction(signal: number): DefaultAction {
  if (sigsetHas(IGNORED, signal)) return DefaultAction.Ignore;
  if (sigsetHas(STOP_SIGNALS, signal)) return DefaultAction.Stop;
  return sigsetHas(CORE, signal) ? DefaultAction.Core : DefaultAction.Terminate;
}
