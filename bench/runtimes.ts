/**
 * The four worlds a benchmark runs in, all over the same root file system: natively (chroot), runc, runsc and Belljar. Each
 * makes a command line from a program's arguments; a runtime that is not installed says why and is left out.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';

export interface Runtime {
  readonly name: 'native' | 'runc' | 'runsc' | 'belljar';
  /** Why it cannot be used here, or null. */
  readonly absent: string | null;
  /** The command that runs `args` inside, in the foreground, as container `id`. */
  command(args: readonly string[], id: string): string[];
  /** Removes what a killed run may have left. */
  clean(id: string): void;
}

const capabilities = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_KILL',
  'CAP_SYS_CHROOT',
];

export function runtimes(root: string, peers: string, work: string): Runtime[] {
  const rootfs = `${peers}/rootfs`;
  const bundle = (args: readonly string[], id: string): string => {
    const dir = `${work}/bundles/${id}`;
    mkdirSync(dir, { recursive: true });
    writeFileSync(`${dir}/config.json`, JSON.stringify(config(rootfs, args)));
    return dir;
  };
  const noRootfs = existsSync(`${rootfs}/usr/bin/git`) ? null : 'no root file system: run bench/peers.sh';
  const runc = which('runc');
  const runsc = existsSync(`${peers}/runsc`) ? `${peers}/runsc` : which('runsc');
  const belljar = `${root}/belljar`;
  const quietly = (command: string, args: readonly string[]): void => {
    try {
      execFileSync(command, args, { stdio: 'ignore', timeout: 20_000 });
    } catch {
      // Nothing was left: that is the usual case.
    }
  };
  return [
    {
      name: 'native',
      absent: noRootfs,
      command: (args) => ['/usr/sbin/chroot', rootfs, '/usr/bin/env', '-i', path, ...args],
      clean: () => undefined,
    },
    {
      name: 'runc',
      absent: noRootfs ?? (runc === null ? 'not installed (bench/peers.sh)' : null),
      command: (args, id) => [runc ?? 'runc', '--root', `${work}/runc`, 'run', '--bundle', bundle(args, id), id],
      clean: (id) => quietly(runc ?? 'runc', ['--root', `${work}/runc`, 'delete', '-f', id]),
    },
    {
      name: 'runsc',
      absent: noRootfs ?? (runsc === null ? 'not installed (bench/peers.sh)' : null),
      command: (args, id) => [
        runsc ?? 'runsc',
        `--root=${work}/runsc`,
        '--network=none',
        '--ignore-cgroups',
        'run',
        '--bundle',
        bundle(args, id),
        id,
      ],
      clean: (id) => quietly(runsc ?? 'runsc', [`--root=${work}/runsc`, 'delete', '-force', id]),
    },
    {
      name: 'belljar',
      absent: noRootfs ?? (existsSync(belljar) ? null : 'not built yet'),
      command: (args, id) => [belljar, 'run', '--bundle', bundle(args, id), id],
      clean: () => undefined,
    },
  ];
}

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function config(rootfs: string, args: readonly string[]): object {
  const caps = { bounding: capabilities, effective: capabilities, permitted: capabilities };
  return {
    ociVersion: '1.0.2',
    process: { terminal: false, user: { uid: 0, gid: 0 }, args, env: [path], cwd: '/', capabilities: caps, noNewPrivileges: true },
    root: { path: rootfs, readonly: false },
    hostname: 'bench',
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=65536k'] },
      {
        destination: '/dev/pts',
        type: 'devpts',
        source: 'devpts',
        options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'],
      },
      { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'] },
    ],
    linux: { namespaces: ['pid', 'network', 'ipc', 'uts', 'mount'].map((type) => ({ type })) },
  };
}

function which(name: string): string | null {
  for (const dir of (process.env['PATH'] ?? '').split(':')) if (existsSync(`${dir}/${name}`)) return `${dir}/${name}`;
  for (const dir of ['/usr/sbin', '/usr/bin']) if (existsSync(`${dir}/${name}`)) return `${dir}/${name}`;
  return null;
}
