/** Status words of wait4(2), in the form strace(1) gives them. */
import { signalName } from '#abi/signal.ts';

export const exitSignalOf = (status: number): string => signalName(status & 0x7f);

export function waitStatus(status: number): string {
  if (status === 0xffff) return '{WIFCONTINUED(s)}';
  if ((status & 0xff) === 0x7f) return `{WIFSTOPPED(s) && WSTOPSIG(s) == ${signalName((status >>> 8) & 0xff)}}`;
  if ((status & 0x7f) === 0) return `{WIFEXITED(s) && WEXITSTATUS(s) == ${(status >>> 8) & 0xff}}`;
  return `{WIFSIGNALED(s) && WTERMSIG(s) == ${exitSignalOf(status)}${(status & 0x80) === 0 ? '' : ' && WCOREDUMP(s)'}}`;
}
