/**
 * Changing trees of mounts: attaching, detaching, copying, propagation (mount_namespaces(7), "shared subtrees").
 *
 * Mounts of a peer group share what is mounted on and taken from them; slaves of a group receive it. A copy of a shared mount,
 * by a bind or for a new namespace, joins its group.
 */
import { EBUSY, EINVAL, ELOOP, ENOENT, ENOSPC, ENOTDIR } from '#abi/errno.ts';
import { MS_SHARED, MS_SLAVE, MS_UNBINDABLE } from '#abi/mount.ts';
import type { Task } from '#kernel/task.ts';
import type { Dentry } from './dentry.ts';
import { Mount, PeerGroup } from './mount.ts';
import type { MountNamespace } from './mount-namespace.ts';
import type { Path } from './path.ts';

/** As sysctl fs.mount-max. */
const MOUNTS_MAX = 100_000;

/** Mounts directly on each dentry's name in other namespaces go when the name is removed. */
const sittingOn = new WeakMap<Dentry, Set<Mount>>();

function sits(mount: Mount, place: Path): void {
  let set = sittingOn.get(place.dentry);
  if (set === undefined) {
    set = new Set();
    sittingOn.set(place.dentry, set);
  }
  set.add(mount);
}

/** The directory `dentry` was removed: mounts on it in other namespaces go with it. */
export function detachMountsAt(dentry: Dentry): void {
  for (const mount of [...(sittingOn.get(dentry) ?? [])]) if (mount.mountpoint?.dentry === dentry) detachTree(mount);
}

export function isBelow(dentry: Dentry, top: Dentry): boolean {
  for (let at: Dentry | null = dentry; at !== null; at = at.parent) if (at === top) return true;
  return false;
}

/** The mount at the bottom of the tree that `mount` is in. */
export function bottomOf(mount: Mount): Mount {
  let at = mount;
  while (at.mountpoint !== null) at = at.mountpoint.mount;
  return at;
}
export function isIn(namespace: MountNamespace, mount: Mount): boolean {
  return bottomOf(mount) === namespace.root;
}

function join(group: PeerGroup, mount: Mount): void {
  mount.peers = group;
  group.members.add(mount);
}
function leaveGroup(mount: Mount): void {
  const group = mount.peers;
  if (group === null) return;
  group.members.delete(mount);
  mount.peers = null;
}
function setMaster(mount: Mount, master: PeerGroup | null): void {
  mount.master?.slaves.delete(mount);
  mount.master = master;
  master?.slaves.add(mount);
}

/** Changes how one mount propagates; `type` is one of MS_SHARED, MS_PRIVATE, MS_SLAVE, MS_UNBINDABLE. */
export function setPropagation(mount: Mount, type: number): void {
  mount.unbindable = type === MS_UNBINDABLE;
  if (type === MS_SHARED) {
    if (mount.peers === null) join(new PeerGroup(), mount);
    return;
  }
  const group = mount.peers;
  leaveGroup(mount);
  if (type === MS_SLAVE) {
    if (group !== null && group.members.size > 0) setMaster(mount, group);
  } else setMaster(mount, null);
  // Slaves of a group without members follow its own master, or nobody.
  if (group !== null && group.members.size === 0) for (const slave of [...group.slaves]) setMaster(slave, mount.master);
}

/** A copy of a mount, not attached; `root` is what it shows. */
export function copyMount(mount: Mount, root: Dentry): Mount {
  const copy = new Mount(mount.superBlock, root, mount.flags, mount.source);
  if (mount.peers !== null) join(mount.peers, copy);
  if (mount.master !== null) setMaster(copy, mount.master);
  copy.unbindable = mount.unbindable;
  return copy;
}

/** A copy of a mount and of what sits on it, below `root`. `skipUnbindable` for binds; namespaces copy all. */
export function copyTree(mount: Mount, root: Dentry, skipUnbindable: boolean, map?: Map<Mount, Mount>): Mount {
  const copy = copyMount(mount, root);
  map?.set(mount, copy);
  for (const child of mount.children) {
    const place = child.mountpoint as Path;
    if (!isBelow(place.dentry, root) || (skipUnbindable && child.unbindable)) continue;
    attachOne(copyTree(child, child.root, skipUnbindable, map), place.dentry.at(copy));
  }
  return copy;
}

function attachOne(mount: Mount, place: Path): void {
  mount.attach(place);
  sits(mount, place);
}

/** Where else something mounted on (or taken from) `place` is to appear, and whether as a slave. */
function propagationTargets(place: Path): { mount: Mount; master: boolean }[] {
  const targets: { mount: Mount; master: boolean }[] = [];
  const groups: { group: PeerGroup; master: boolean }[] = [];
  const seen = new Set<Mount>([place.mount]);
  if (place.mount.peers !== null) groups.push({ group: place.mount.peers, master: false });
  for (let next = groups.pop(); next !== undefined; next = groups.pop()) {
    for (const member of next.group.members) {
      if (seen.has(member)) continue;
      seen.add(member);
      targets.push({ mount: member, master: next.master });
    }
    for (const slave of next.group.slaves) {
      if (seen.has(slave)) continue;
      seen.add(slave);
      targets.push({ mount: slave, master: true });
      if (slave.peers !== null) groups.push({ group: slave.peers, master: true });
    }
  }
  return targets.filter((target) => !target.mount.detached && isBelow(place.dentry, target.mount.root));
}

/** Attaches a tree at `place` and wherever it propagates. 0 or -errno; on failure nothing is changed. */
export function attachTree(tree: Mount, place: Path, namespace: MountNamespace): number {
  if (place.dentry.unlinked) return -ENOENT;
  if (tree.root.inode?.isDirectory !== place.dentry.inode?.isDirectory) return -ENOTDIR;
  const targets = propagationTargets(place);
  const size = [...tree.subtree()].length;
  if (namespace.mounts().length + size * (targets.length + 1) > MOUNTS_MAX) return -ENOSPC;
  if (place.mount.peers !== null) for (const mount of tree.subtree()) if (mount.peers === null) join(new PeerGroup(), mount);
  const copies = targets.map((target) => {
    const copy = copyTree(tree, tree.root, false);
    if (target.master) {
      for (const mount of copy.subtree()) {
        const group = mount.peers;
        leaveGroup(mount);
        setMaster(mount, group);
        if (target.mount.peers !== null) join(new PeerGroup(), mount);
      }
    }
    return { copy, at: place.dentry.at(target.mount) };
  });
  attachOne(tree, place);
  for (const { copy, at } of copies) attachOne(copy, at);
  namespace.touch();
  return 0;
}

/** Takes a tree of mounts out for good. */
export function detachTree(tree: Mount): void {
  const all = [...tree.subtree()];
  tree.detach();
  for (const mount of all) {
    mount.detached = true;
    const group = mount.peers;
    leaveGroup(mount);
    if (group !== null && group.members.size === 0) for (const slave of [...group.slaves]) setMaster(slave, mount.master);
    setMaster(mount, null);
  }
}

/** Unmounts `mount`, and its propagated copies. The caller made sure that it may go. */
export function unmountTree(mount: Mount, namespace: MountNamespace, tasks: Iterable<Task>): void {
  const place = mount.mountpoint as Path;
  const also = propagationTargets(place)
    .map((target) => target.mount.childAt(place.dentry))
    .filter((child): child is Mount => child !== null && child.superBlock === mount.superBlock && child.children.length === 0);
  const gone = [mount, ...also].flatMap((tree) => [...tree.subtree()]);
  detachTree(mount);
  for (const child of also) detachTree(child);
  namespace.touch();
  const users = [...tasks];
  for (const each of gone) {
    each.superBlock.mounts -= 1;
    if (each.superBlock.mounts === 0 && !inUse([each], users)) each.superBlock.kill();
  }
}

/** Whether any task has a descriptor, its root or its working directory in one of `mounts`. */
export function inUse(mounts: readonly Mount[], tasks: Iterable<Task>): boolean {
  const seen = new Set<object>();
  for (const task of tasks) {
    if (task.exiting) continue;
    if (mounts.includes(task.fs.root.mount) || mounts.includes(task.fs.cwd.mount)) return true;
    const executable = task.group.executable;
    if (executable !== null && mounts.includes(executable.path.mount)) return true;
    if (seen.has(task.files)) continue;
    seen.add(task.files);
    for (const fd of task.files.descriptors()) {
      const path = task.files.get(fd)?.path;
      if (path && mounts.includes(path.mount)) return true;
    }
  }
  return false;
}

/** Moves an attached or detached tree to `place`. 0 or -errno. */
export function moveTree(tree: Mount, place: Path, namespace: MountNamespace): number {
  if (tree.mountpoint?.mount.peers) return -EINVAL;
  for (let at: Mount | null = place.mount; at !== null; at = at.parent) if (at === tree) return -ELOOP;
  if (place.mount.peers !== null && [...tree.subtree()].some((mount) => mount.unbindable)) return -EINVAL;
  const from = tree.mountpoint;
  tree.detach();
  const result = attachTree(tree, place, namespace);
  if (result !== 0 && from !== null) tree.attach(from);
  return result;
}

/** pivot_root(2), its mounts. 0 or -errno. */
export function pivotRoot(namespace: MountNamespace, root: Path, newRoot: Path, putOld: Path): number {
  const oldMount = root.mount;
  const newMount = newRoot.mount;
  if (!isIn(namespace, newMount) || !isIn(namespace, oldMount)) return -EINVAL;
  if (newMount === oldMount || putOld.mount === oldMount) return -EBUSY;
  if (root.dentry !== oldMount.root || newRoot.dentry !== newMount.root || newMount.mountpoint === null) return -EINVAL;
  if (newMount.mountpoint.mount.peers !== null || newMount.peers !== null || oldMount.mountpoint?.mount.peers) return -EINVAL;
  let below = false;
  for (let at: Path | null = putOld; at !== null; at = at.mount.mountpoint) if (at.mount === newMount) below = true;
  if (!below) return -EINVAL;
  const above = oldMount.mountpoint;
  newMount.detach();
  if (above !== null) oldMount.detach();
  attachOne(oldMount, putOld);
  if (above !== null) attachOne(newMount, above);
  else {
    namespace.root = newMount;
    newMount.detached = false;
  }
  namespace.touch();
  return 0;
}
