/**
 * Files in flight: sent by SCM_RIGHTS and not yet received. A unix socket that only messages refer to, in a circle, can
 * never be received any more; `collect` finds such circles and throws their messages away (unix(7)).
 */
import type { OpenFile } from '#fs/vfs/open-file.ts';

/** A socket whose queue may hold files: what the collector needs of it. */
export interface Carrier extends OpenFile {
  /** Files in messages that wait to be received from it, those of unaccepted connections included. */
  filesInQueue(): Iterable<OpenFile>;
  /** Throws its waiting messages away. */
  dropQueue(): void;
}

class FilesInFlight {
  /** Carriers in flight, with how often. */
  #carriers = new Map<Carrier, number>();
  #perUser = new Map<number, number>();
  #collecting = false;

  count(uid: number): number {
    return this.#perUser.get(uid) ?? 0;
  }
  get carriers(): number {
    return this.#carriers.size;
  }
  entered(files: readonly OpenFile[], uid: number): void {
    this.#perUser.set(uid, this.count(uid) + files.length);
    for (const file of files) if (isCarrier(file)) this.#carriers.set(file, (this.#carriers.get(file) ?? 0) + 1);
  }
  left(files: readonly OpenFile[], uid: number): void {
    const rest = this.count(uid) - files.length;
    if (rest > 0) this.#perUser.set(uid, rest);
    else this.#perUser.delete(uid);
    for (const file of files) {
      if (!isCarrier(file)) continue;
      const times = (this.#carriers.get(file) ?? 1) - 1;
      if (times > 0) this.#carriers.set(file, times);
      else this.#carriers.delete(file);
    }
  }

  /** Called when a socket's descriptor went: frees circles that nobody can reach. */
  collect(): void {
    if (this.#collecting || this.#carriers.size === 0) return;
    // Suspects: every reference is a message. References that come from suspects' own queues are no way in.
    const outside = new Map<Carrier, number>();
    for (const [carrier, times] of this.#carriers) if (carrier.refs === times) outside.set(carrier, times);
    for (const carrier of outside.keys()) {
      for (const file of carrier.filesInQueue()) {
        const left = outside.get(file as Carrier);
        if (left !== undefined) outside.set(file as Carrier, left - 1);
      }
    }
    const reachable = [...outside].filter(([, left]) => left > 0).map(([carrier]) => carrier);
    for (const carrier of reachable) outside.delete(carrier);
    for (let carrier = reachable.pop(); carrier !== undefined; carrier = reachable.pop()) {
      for (const file of carrier.filesInQueue()) if (outside.delete(file as Carrier)) reachable.push(file as Carrier);
    }
    if (outside.size === 0) return;
    this.#collecting = true;
    const garbage = [...outside.keys()];
    for (const carrier of garbage) carrier.get();
    for (const carrier of garbage) carrier.dropQueue();
    for (const carrier of garbage) carrier.put();
    this.#collecting = false;
  }
}

function isCarrier(file: OpenFile): file is Carrier {
  return 'filesInQueue' in file;
}

export const filesInFlight = new FilesInFlight();
