/** Resource limits of a process (getrlimit(2)). Values are numbers; RLIM_INFINITY is 2^64, which no other value reaches. */
import {
  RLIM_INFINITY,
  RLIM_NLIMITS,
  RLIMIT_CORE,
  RLIMIT_MEMLOCK,
  RLIMIT_MSGQUEUE,
  RLIMIT_NICE,
  RLIMIT_NOFILE,
  RLIMIT_NPROC,
  RLIMIT_RTPRIO,
  RLIMIT_SIGPENDING,
  RLIMIT_STACK,
} from '#abi/resource.ts';

const MiB = 1048576;

export class ResourceLimits {
  #soft: number[] = new Array<number>(RLIM_NLIMITS).fill(RLIM_INFINITY);
  #hard: number[] = new Array<number>(RLIM_NLIMITS).fill(RLIM_INFINITY);

  /** What Linux gives its first process, on a machine where 62,000 threads fit; core files are off. */
  static initial(): ResourceLimits {
    const limits = new ResourceLimits();
    limits.set(RLIMIT_STACK, 8 * MiB, RLIM_INFINITY);
    limits.set(RLIMIT_CORE, 0, RLIM_INFINITY);
    limits.set(RLIMIT_NPROC, 62000, 62000);
    limits.set(RLIMIT_NOFILE, 1024, 1048576);
    limits.set(RLIMIT_MEMLOCK, 8 * MiB, 8 * MiB);
    limits.set(RLIMIT_SIGPENDING, 62000, 62000);
    limits.set(RLIMIT_MSGQUEUE, 819200, 819200);
    limits.set(RLIMIT_NICE, 0, 0);
    limits.set(RLIMIT_RTPRIO, 0, 0);
    return limits;
  }

  soft(resource: number): number {
    return this.#soft[resource] as number;
  }
  hard(resource: number): number {
    return this.#hard[resource] as number;
  }
  set(resource: number, soft: number, hard: number): void {
    this.#soft[resource] = soft;
    this.#hard[resource] = hard;
  }
  copy(): ResourceLimits {
    const copy = new ResourceLimits();
    for (let i = 0; i < RLIM_NLIMITS; i += 1) copy.set(i, this.soft(i), this.hard(i));
    return copy;
  }
}
