/** Superblocks over the host's directories: the root with its overlay, and bind mounts. */
import { HostFs } from '#fs/host/host-fs.ts';
import { OverlayFs } from '#fs/overlay/overlay-fs.ts';
import type { SuperBlock } from '#fs/vfs/super-block.ts';
import type { Platform } from '#platform/platform.ts';
import type { HostIds, HostTree, SandboxSpec } from '../sandbox-spec.ts';

export function hostSuperBlock(platform: Platform, tree: HostTree, ids: HostIds | null): HostFs {
  return new HostFs(platform.host, tree, ids);
}

export function rootSuperBlock(spec: SandboxSpec, platform: Platform): SuperBlock {
  const lower = hostSuperBlock(platform, spec.root.tree, spec.hostIds);
  return spec.root.overlay === 'memory' ? new OverlayFs(platform.host, lower) : lower;
}
