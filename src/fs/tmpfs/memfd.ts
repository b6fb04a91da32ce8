/** memfds: files of an unmounted tmpfs, without a name in any directory. */
import { S_IFREG } from '#abi/stat.ts';
import { touchAll } from '#fs/vfs/clock.ts';
import { Dentry } from '#fs/vfs/dentry.ts';
import { type Mount, mountOf } from '#fs/vfs/mount.ts';
import { countOpen, type OpenFile } from '#fs/vfs/open-file.ts';
import { RegularFile } from '#fs/vfs/regular-file.ts';
import type { Task } from '#kernel/task.ts';
import { Quota } from './quota.ts';
import { Tmpfs } from './tmpfs.ts';

const MAX_PAGES = (64 * 1024 ** 3) / 4096;
const MAX_FILES = 1_000_000;

/** The internal mount; one for each kernel (each host interface). */
const mounts = new WeakMap<object, Mount>();

function internalMount(task: Task): Mount {
  const { host } = task.kernel.platform;
  let mount = mounts.get(host);
  if (mount === undefined) {
    mount = mountOf(new Tmpfs(host, new Quota(MAX_PAGES, MAX_FILES), 0o700), 0, 'tmpfs');
    mounts.set(host, mount);
  }
  return mount;
}

/** A new memfd, shown as "/memfd:NAME (deleted)". One reference. */
export function newMemfd(task: Task, name: string, mode: number, seals: number, flags: number): OpenFile {
  const mount = internalMount(task);
  const superBlock = mount.superBlock as Tmpfs;
  superBlock.quota.chargeInode();
  const inode = superBlock.newInode(S_IFREG | mode);
  inode.uid = task.creds.fsuid;
  inode.gid = task.creds.fsgid;
  inode.nlink = 0;
  inode.seals = seals;
  touchAll(inode);
  const dentry = new Dentry(mount.root, `memfd:${name}`, inode);
  dentry.unlinked = true;
  inode.dentry = dentry;
  const file = new RegularFile(inode, flags);
  file.path = dentry.at(mount);
  countOpen(file, inode);
  return file;
}
