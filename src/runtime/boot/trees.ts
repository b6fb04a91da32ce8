/** Superblocks over the host's directories: the root with its overlay, and bind mounts. */
import { HostTree } from '#fs/host/host-tree.ts';
import { OverlayFs } from '#fs/overlay/overlay.ts';
import type { SuperBlock } from '#fs/vfs/super-block.ts';
import type { Platform } from '#platform/platform.ts';
import type { HostIds, HostTree as HostTreeSpec, SandboxSpec } from '../sandbox-spec.ts';

export function hostSuperBlock(platform: Platform, tree: HostTreeSpec, ids: HostIds | null): SuperBlock {
  return new OverlayFs(new HostTree(platform.host, tree.fd, ids));
}

export function rootSuperBlock(spec: SandboxSpec, platform: Platform): SuperBlock {
  return new OverlayFs(new HostTree(platform.host, spec.root.tree.fd, spec.hostIds));
}
