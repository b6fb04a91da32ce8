/**
 * What a case is. The script runs in sh, once for each runtime, with
 *   run, create      docker run and create, with the runtime and --network none
 *   docker           Docker's client
 *   says NAME TEXT, runs NAME ARGS, is FORMAT VALUE   whether the log has TEXT, a process is ARGS, docker inspect $N shows VALUE
 *   wait_for COMMAND repeats COMMAND until it succeeds, 15 s at most
 *   typed            typed.py: a command on a terminal
 *   inside           a command in the daemon's namespaces; dockerd_down SIGNAL, dockerd_up
 *   $N               prefix for names, $W an empty directory of the host, $SECCOMP the directory of profiles, $DOCKER the client's path
 * Container ids, $N and $W are made equal in what it prints. Containers and volumes are removed afterwards, and nothing may be left.
 */
export interface DockerCase {
  readonly name: string;
  readonly script: string;
  /** Standard output under runc, so that two runtimes that both do nothing are not equal and well. */
  readonly expect: string;
  /** Standard error is the runtime's own words: it must match this, in place of being runc's. */
  readonly ownWords?: RegExp;
  /** What Belljar does on purpose, where that is not what runc does. */
  readonly belljar?: { readonly stdout: string; readonly stderr: RegExp; readonly why: string };
  /** Why runc cannot do it on this machine, or null: then Belljar is held to `expect` alone. */
  readonly runcCannot?: () => string | null;
  /** Restarts the daemon: not beside another. */
  readonly alone?: boolean;
}
