/** What the command line tells the sandbox of `create` and `run` to be (through the waiter; companion.ts, sandbox.ts). */

export interface Order {
  readonly id: string;
  /** The container's directory on the host: config.json as it was accepted; the control socket is made there. */
  readonly directory: string;
  readonly bundle: string;
  readonly overlay: 'none' | 'memory';
  readonly strace: readonly string[] | null | undefined;
  readonly debug: boolean;
  /** The first descriptor that came with the order is the container's terminal. */
  readonly console: boolean;
  /** How many more came, for the process. */
  readonly preserved: number;
  /** /proc/PID/cgroup of the sandbox, which it cannot see itself in its namespace. */
  readonly cgroup: string;
}
