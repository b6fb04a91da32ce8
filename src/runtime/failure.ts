/**
 * What goes wrong on the user's side of a sandbox's start: a typed error with a stable code. The command line prints
 * its message as one line and ends with `exitCode`.
 */

export type FailureCode =
  | 'usage'
  | 'bundle'
  | 'host-path'
  | 'user'
  | 'launch'
  | 'unsupported'
  | 'internal'
  | 'boundary'
  | 'mount'
  | 'cwd'
  | 'hook'
  | 'cgroup'
  | 'seccomp'
  | 'exec'
  | 'state'
  | 'container';

/** As env(1), timeout(1) and Docker: 125 is the runtime's own failure; 126 and 127 are left to "cannot execute" and "not found". */
export const FAILED = 125;

export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  readonly exitCode: number;
  /** `message`: what happened and what to do, in one line of Latin-1. */
  constructor(code: FailureCode, message: string, exitCode = FAILED) {
    super(message.replace(/[\x00-\x1f\x7f]+/g, ' '));
    this.code = code;
    this.exitCode = exitCode;
  }
}
