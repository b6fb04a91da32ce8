/** belljar features: what the runtime implements, as runtime-spec's features.md has it. */
import type { Command } from 'commander';
import { capabilityNames } from '#abi/capability.ts';
import { hookKinds } from '#runtime/oci-hooks.ts';
import { seccompActions, seccompFlags, seccompOperators } from '#runtime/seccomp/profile.ts';
import { knownMountOptions } from '#runtime/spec/mount-options.ts';
import { print } from './print.ts';

export function addFeatures(program: Command): void {
  program
    .command('features')
    .description('Prints, as JSON, what of the OCI runtime specification is implemented.')
    .action(() => {
      const features = {
        ociVersionMin: '1.0.0',
        ociVersionMax: '1.2.1',
        hooks: [...hookKinds],
        mountOptions: knownMountOptions(),
        linux: {
          namespaces: ['cgroup', 'ipc', 'mount', 'network', 'pid', 'time', 'user', 'uts'],
          capabilities: [...capabilityNames],
          cgroup: { v1: true, v2: true, systemd: true, systemdUser: true, rdma: true },
          seccomp: {
            enabled: true,
            actions: seccompActions,
            operators: seccompOperators,
            archs: ['SCMP_ARCH_X86_64'],
            knownFlags: [...seccompFlags],
            supportedFlags: [...seccompFlags],
          },
          apparmor: { enabled: false },
          selinux: { enabled: false },
          intelRdt: { enabled: false },
          mountExtensions: { idmap: { enabled: false } },
        },
      };
      print(1, `${JSON.stringify(features, null, 2)}\n`);
    });
}
