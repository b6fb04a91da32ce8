/**
 * Control messages between the launcher's waiter process and the kernel, over a SOCK_SEQPACKET socket pair: records
 * of four 32-bit little-endian words, `type a b c`. Both sides handle them without blocking. native/launcher.c has
 * the same numbers.
 *
 * The waiter stays in the caller's session and process group, so it is what the shell and the terminal signal.
 */

export const CONTROL_RECORD = 16;

/** Waiter to kernel. */
export const ToKernel = {
  /** Answer to a request of the launch (launch.ts): a = 0 or -errno, b = index of the request. */
  Reply: 1,
  /** The waiter got signal `a`; b = 1 if the terminal sent it (it is for the guest's foreground group), else 0 (for init). */
  Signal: 2,
  /** a = 1: the caller's job is in the foreground of its terminal, which may be read; a = 0: it may not. */
  Foreground: 3,
  /** The waiter was continued after it stopped because of `Stopped`: continue init's process group. */
  Continued: 4,
} as const;

/** Kernel to waiter. */
export const ToWaiter = {
  /** The init process ended: a = its wait status as wait4(2) gives it. The waiter ends the same way, after clearing up. */
  Exit: 16,
  /** The init process stopped by signal `a`: the waiter stops too, so that the caller's shell sees a stopped job. */
  Stopped: 17,
  /** A guest waits for input from the terminal in the background: the waiter stops with SIGTTIN if its job is there too. */
  WantsInput: 18,
  /** A container is ready to be started. */
  Created: 19,
  /** It does not start: the word is followed by the reason, one line. */
  Failed: 20,
} as const;

/** Writes one record into `target`, which holds at least CONTROL_RECORD bytes. */
export function encodeControl(target: Uint8Array, type: number, a: number, b = 0, c = 0): Uint8Array {
  const words = [type, a, b, c];
  for (let i = 0; i < 4; i++) {
    const word = words[i] ?? 0;
    for (let k = 0; k < 4; k++) target[i * 4 + k] = (word >>> (8 * k)) & 0xff;
  }
  return target;
}

/** Word `i` (0 to 3) of a record, signed. */
export function controlWord(record: Uint8Array, i: number): number {
  const at = i * 4;
  return (record[at] ?? 0) | ((record[at + 1] ?? 0) << 8) | ((record[at + 2] ?? 0) << 16) | ((record[at + 3] ?? 0) << 24) | 0;
}
