/**
 * Requests to a container's kernel, on the socket `control` in the container's directory (SOCK_SEQPACKET, one message each,
 * JSON). It answers with one message: `+TEXT` done, `-TEXT` not done and why. The peer is the owner of the container.
 */

export type Request =
  /** Lets the init process run, after the startContainer hooks; `pid` is its number on the host, for them. */
  | { readonly do: 'start'; readonly pid?: number }
  /** A signal for init, or for every process (`all`). */
  | { readonly do: 'kill'; readonly signal: number; readonly all: boolean }
  /**
   * Starts a process; descriptors: a file with an ExecRequest as JSON, standard input, output and error, those preserved. The
   * connection lives as long as the process: `+PID` when it runs, `=STATUS` (as wait4(2) has it) at its end, and if the
   * peer goes away, the process is killed.
   */
  | { readonly do: 'exec' }
  /** On an exec's connection: a signal for its process, or, sent by the terminal, for the terminal's foreground group. */
  | { readonly do: 'signal'; readonly signal: number; readonly terminal: boolean }
  /** The processes, as JSON: Listed[]. */
  | { readonly do: 'ps' };

export interface Listed {
  /** Of the host process that is its address space. */
  readonly hostPid: number;
  readonly pid: number;
  readonly ppid: number;
  readonly uid: number;
  readonly command: string;
  /** Seconds of CPU, and since it began. */
  readonly cpu: number;
  readonly age: number;
}

/** Most bytes of one request that is not in a file. */
export const MAX_REQUEST = 4096;
/** Most bytes of an exec's request. */
export const MAX_EXEC_REQUEST = 4 << 20;
/** Most descriptors with one request. */
export const MAX_DESCRIPTORS = 64;
