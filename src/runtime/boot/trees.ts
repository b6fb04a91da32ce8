/** Superblocks over the host's directories: the root, with or without an overlay, and bind mounts. */
import { HostFs } from '#fs/host/host-fs.ts';
import { HostTree } from '#fs/host/host-tree.ts';
import { OverlayFs } from '#fs/overlay/overlay.ts';
import type { SuperBlock } from '#fs/vfs/super-block.ts';
import type { Platform } from '#platform/platform.ts';
import { type HostIds, type HostTree as HostTreeSpec, Overlay, type SandboxSpec } from '../sandbox-spec.ts';

export function hostSuperBlock(platform: Platform, tree: HostTreeSpec, ids: HostIds | null): SuperBlock {
  const superBlock = new HostFs(new HostTree(platform.host, tree.fd, ids, tree.exclusive));
  superBlock.readOnly = tree.hostReadOnly;
  return superBlock;
}

export function rootSuperBlock(spec: SandboxSpec, platform: Platform): SuperBlock {
  const { tree, overlay } = spec.root;
  if (overlay === Overlay.None) return hostSuperBlock(platform, tree, spec.hostIds);
  return new OverlayFs(new HostTree(platform.host, tree.fd, spec.hostIds));
}
