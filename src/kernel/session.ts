/** Sessions and process groups: the units of job control. */
import type { ThreadGroup } from './thread-group.ts';

export class ProcessGroup {
  readonly id: number;
  readonly session: Session;
  readonly members = new Set<ThreadGroup>();
  constructor(id: number, session: Session) {
    this.id = id;
    this.session = session;
    session.groups.add(this);
  }
  /**
   * Orphaned: no member has a parent in another group of the same session, so nobody would continue it if it
   * stopped. `except` is left out of the count (a process about to exit).
   */
  isOrphaned(except: ThreadGroup | null = null): boolean {
    for (const member of this.members) {
      if (member === except || member.zombie) continue;
      const parent = member.parent;
      // The init of `belljar do` has the caller's shell for a parent.
      if (parent === null && !member.unkillable && !member.entered) return false;
      if (parent !== null && parent.processGroup !== this && parent.session === this.session) return false;
    }
    return true;
  }
  leave(member: ThreadGroup): void {
    this.members.delete(member);
    if (this.members.size === 0) this.session.groups.delete(this);
  }
}

/** What a session needs of its terminal (src/fs/tty). */
export interface ControllingTerminal {
  /** The session's leader exited: hang up the foreground group. */
  sessionLeaderExited(session: Session): void;
  /** Device number as in /proc/PID/stat tty_nr. */
  readonly deviceNumber: number;
  foregroundGroup: ProcessGroup | null;
}

export class Session {
  readonly id: number;
  leader: ThreadGroup | null;
  readonly groups = new Set<ProcessGroup>();
  terminal: ControllingTerminal | null = null;
  constructor(id: number, leader: ThreadGroup | null = null) {
    this.id = id;
    this.leader = leader;
  }
}
