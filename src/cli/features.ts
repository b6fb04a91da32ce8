/** belljar features: what the runtime implements, as runtime-spec's features.md has it. */
import type { Command } from 'commander';
import { capabilityNames } from '#abi/capability.ts';
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
        hooks: [],
        mountOptions: knownMountOptions(),
        linux: {
          namespaces: ['cgroup', 'ipc', 'mount', 'network', 'pid', 'user', 'uts'],
          capabilities: [...capabilityNames],
          cgroup: { v1: false, v2: false, systemd: false, systemdUser: false },
          seccomp: { enabled: false },
          apparmor: { enabled: false },
          selinux: { enabled: false },
        },
      };
      print(1, `${JSON.stringify(features, null, 2)}\n`);
    });
}
