/** The namespaces a task lives in. Each is an object with an inode number, as /proc/PID/ns shows. */
import type { PidNamespace } from './pid-namespace.ts';
import type { UserNamespace } from './user-namespace.ts';
import type { IpcNamespace } from './ipc/namespace.ts';
import type { MountNamespace } from '#fs/vfs/mount-namespace.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import type { Path } from '#fs/vfs/path.ts';

let nextInode = 0xeffffff0;

export class UtsNamespace {
  readonly inode = nextInode++;
  hostname: string;
  domainname: string;
  constructor(hostname: string, domainname: string) {
    this.hostname = hostname;
    this.domainname = domainname;
  }
}

/** A namespace of which this kernel has one instance so far. */
export class PlainNamespace {
  readonly inode = nextInode++;
  readonly kind: 'pid' | 'net' | 'ipc' | 'user' | 'cgroup' | 'time';
  constructor(kind: PlainNamespace['kind']) {
    this.kind = kind;
  }
}

/** Immutable set of namespaces; unshare and clone make a new one with some replaced. */
export interface Namespaces {
  readonly mount: MountNamespace;
  readonly uts: UtsNamespace;
  readonly pid: PidNamespace;
  /** What children are born into: another one after unshare(2) and setns(2). */
  readonly pidForChildren: PidNamespace;
  readonly net: PlainNamespace;
  readonly ipc: IpcNamespace;
  readonly user: UserNamespace;
  readonly cgroup: PlainNamespace;
  readonly time: PlainNamespace;
}

/** An executable as a process holds it: its place and its open file. */
export interface MountedFiles {
  readonly path: Path;
  readonly file: OpenFile;
}
