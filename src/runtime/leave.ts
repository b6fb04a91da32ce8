/**
 * The end of this process. Once confined it cannot end in Node's way: closing libuv's loop makes calls that the filter
 * refuses. It then ends by exit_group itself, which is also the quickest.
 */
import { syscalls } from '#abi/syscalls.ts';
import type { HostCalls } from '#platform/platform.ts';

let host: HostCalls | null = null;

/** From now on `leave` ends the process through the host call. */
export function leaveThrough(calls: HostCalls): void {
  host = calls;
}

export function leave(code: number): never {
  host?.call(syscalls.exit_group.number, code);
  process.reallyExit(code);
}

declare global {
  namespace NodeJS {
    interface Process {
      /** Ends the process at once, with no exit handlers. */
      reallyExit(code: number): never;
    }
  }
}
