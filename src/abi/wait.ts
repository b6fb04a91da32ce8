/** wait.h: options of wait4 and waitid. */

export const WNOHANG = 0x00000001;
export const WUNTRACED = 0x00000002;
export const WSTOPPED = WUNTRACED;
export const WEXITED = 0x00000004;
export const WCONTINUED = 0x00000008;
export const WNOWAIT = 0x01000000;
export const P_ALL = 0;
export const P_PID = 1;
export const P_PGID = 2;
export const P_PIDFD = 3;

export const __WNOTHREAD = 0x20000000;
export const __WALL = 0x40000000;
export const __WCLONE = 0x80000000;

/** The status word of wait4: normal exit, death by a signal, stop, continue. */
export function exitStatus(code: number): number {
  return (code & 0xff) << 8;
}
export function signalStatus(signal: number, dumped: boolean): number {
  return signal | (dumped ? 0x80 : 0);
}
export function stopStatus(signal: number): number {
  return (signal << 8) | 0x7f;
}
export const CONTINUED_STATUS = 0xffff;
