/** The part that the three *ctl calls of System V IPC share: IPC_SET's permissions, as they lie in struct ipc64_perm. */
import { Ipc64Perm } from '#abi/layouts.gen.ts';
import { EFAULT, EINVAL } from '#abi/errno.ts';
import type { IpcObject, IpcTable } from '#kernel/ipc/ids.ts';
import type { Task } from '#kernel/task.ts';

const UNCHANGED = 0xffffffff;

/** An object by identifier or, for the *_STAT commands, by place, if the caller may read it; -errno. */
export function statTarget<T extends IpcObject>(
  task: Task,
  table: IpcTable<T>,
  id: number,
  byPlace: boolean,
  anybody: boolean,
): T | number {
  if (id < 0) return -EINVAL;
  const object = byPlace ? table.at(id) : table.get(id);
  if (typeof object === 'number' || anybody) return object;
  const allowed = object.access(task, 0o444);
  return allowed < 0 ? allowed : object;
}

/** IPC_SET: the ids and mode in the scratch buffer (struct ipc64_perm at its start) become the object's. 0 or -errno. */
export function setPermissions(task: Task, object: IpcObject): number {
  const { view } = task.mem;
  const { userNs } = task.creds;
  const uid = userNs.uidFrom(view.getUint32(Ipc64Perm.OFF_uid, true));
  const gid = userNs.gidFrom(view.getUint32(Ipc64Perm.OFF_gid, true));
  if (uid < 0 || gid < 0 || uid === UNCHANGED || gid === UNCHANGED) return -EINVAL;
  object.give(task, uid, gid, view.getUint32(Ipc64Perm.OFF_mode, true));
  return 0;
}

/** What IPC_SET and IPC_RMID begin with: the new values (size 0: none) are copied, then the object is looked up and its owner asked. */
export function ownedTarget<T extends IpcObject>(task: Task, table: IpcTable<T>, id: number, addr: number, size: number): T | number {
  if (id < 0) return -EINVAL;
  if (size > 0 && !task.mem.in(addr, size)) return -EFAULT;
  const object = table.get(id);
  if (typeof object === 'number') return object;
  const owner = object.own(task);
  return owner < 0 ? owner : object;
}
