/** File times. Wall clock to the millisecond, as coarse as Linux's own file times. */
import { O_NOATIME } from '#abi/fcntl.ts';
import { FS_NOATIME_FL } from '#abi/ioctl.ts';
import { MS_NOATIME, MS_NODIRATIME, MS_RELATIME } from '#abi/mount.ts';
import type { Inode } from './inode.ts';
import type { OpenFile } from './open-file.ts';

/** The time of the last `readClock`. */
export const clock = { sec: 0, nsec: 0 };

export function readClock(): void {
  const ms = Date.now();
  const sec = Math.floor(ms / 1000);
  clock.sec = sec;
  clock.nsec = (ms - sec * 1000) * 1_000_000;
}

export function touchChange(inode: Inode): void {
  readClock();
  inode.ctimeSec = clock.sec;
  inode.ctimeNsec = clock.nsec;
}

export function touchModify(inode: Inode): void {
  readClock();
  inode.mtimeSec = inode.ctimeSec = clock.sec;
  inode.mtimeNsec = inode.ctimeNsec = clock.nsec;
}

/** An open file was read: its access time, as the mount it was opened through wants it. */
export function fileAccessed(file: OpenFile, inode: Inode): void {
  const flags = file.path?.mount.flags ?? MS_RELATIME;
  if ((file.flags & O_NOATIME) !== 0 || (flags & MS_NOATIME) !== 0 || (inode.flags & FS_NOATIME_FL) !== 0) return;
  if ((flags & MS_NODIRATIME) !== 0 && inode.isDirectory) return;
  if ((flags & MS_RELATIME) !== 0) {
    touchAccess(inode);
    return;
  }
  readClock();
  inode.atimeSec = clock.sec;
  inode.atimeNsec = clock.nsec;
}

/** As relatime: only if the access time is not newer than the last change, or a day old. */
export function touchAccess(inode: Inode): void {
  const newer = inode.atimeSec > inode.mtimeSec || (inode.atimeSec === inode.mtimeSec && inode.atimeNsec > inode.mtimeNsec);
  const newerThanChange = inode.atimeSec > inode.ctimeSec || (inode.atimeSec === inode.ctimeSec && inode.atimeNsec > inode.ctimeNsec);
  if (newer && newerThanChange) {
    const ms = Date.now();
    if (ms - inode.atimeSec * 1000 < 86_400_000) return;
  }
  readClock();
  inode.atimeSec = clock.sec;
  inode.atimeNsec = clock.nsec;
}

export function touchAll(inode: Inode): void {
  readClock();
  inode.atimeSec = inode.mtimeSec = inode.ctimeSec = inode.btimeSec = clock.sec;
  inode.atimeNsec = inode.mtimeNsec = inode.ctimeNsec = inode.btimeNsec = clock.nsec;
}
