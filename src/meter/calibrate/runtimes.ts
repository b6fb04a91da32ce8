/**
 * The runtimes that a calibration can compare, each as a way to run meter-bench in it over the same small root. Absent
 * ones are left out; one that fails says so in the file.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchPath, native, type Wrap } from './bench-process.ts';

export interface Runtime {
  readonly name: string;
  readonly version: string;
  readonly wrap: Wrap;
  /** Its kernel is compiled as it runs. */
  readonly warmsUp?: boolean;
}

/** A root with the benchmark and a /tmp, and bundles that use it. */
export class Workplace {
  readonly directory: string;
  readonly root: string;
  #runs = 0;

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'belljar-calibrate-'));
    this.root = join(this.directory, 'rootfs');
    mkdirSync(join(this.root, 'tmp'), { recursive: true });
    for (const name of ['proc', 'dev', 'sys']) mkdirSync(join(this.root, name));
    copyFileSync(benchPath, join(this.root, 'meter-bench'));
    chmodSync(join(this.root, 'meter-bench'), 0o755);
    execFileSync(benchPath, ['tree', join(this.root, 'tmp')], { stdio: 'ignore' });
    for (const library of librariesOf(benchPath)) {
      mkdirSync(join(this.root, dirname(library)), { recursive: true });
      copyFileSync(library, join(this.root, library));
    }
  }

  /** A bundle whose process is the benchmark with these arguments: a new id each time. */
  bundle(args: readonly string[]): { readonly path: string; readonly id: string } {
    const id = `belljar-calibrate-${process.pid}-${++this.#runs}`;
    const path = join(this.directory, id);
    mkdirSync(path);
    writeFileSync(join(path, 'config.json'), JSON.stringify(ociConfig(this.root, args)));
    return { path, id };
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export function findRuntimes(workplace: Workplace, only?: readonly string[]): Runtime[] {
  const project = fileURLToPath(new URL('../../..', import.meta.url));
  const runc = find('runc', []);
  const runsc = find('runsc', [join(project, 'build/peers/runsc')]);
  const belljar = join(project, 'belljar');
  const state = join(workplace.directory, 'state');
  const inside = (args: readonly string[]): string[] => ['/meter-bench', ...args, ...(takesDirectory(args) ? ['/tmp'] : [])];
  const all: Runtime[] = [
    { name: 'native', version: 'this host', wrap: (args) => native(takesDirectory(args) ? [...args, join(workplace.root, 'tmp')] : args) },
  ];
  if (runc) {
    all.push({
      name: 'runc',
      version: versionOf(runc),
      wrap: (args) => {
        const { path, id } = workplace.bundle(inside(args));
        return { file: runc, args: ['--root', state, 'run', '--bundle', path, id] };
      },
    });
  }
  if (runsc) {
    all.push({
      name: 'runsc',
      version: versionOf(runsc),
      wrap: (args) => {
        const { path, id } = workplace.bundle(inside(args));
        return { file: runsc, args: ['--root', state, '--network=none', '--ignore-cgroups', 'run', '--bundle', path, id] };
      },
    });
  }
  if (existsSync(belljar)) {
    all.push({
      name: 'belljar',
      version: versionOf(belljar),
      warmsUp: true,
      wrap: (args) => ({
        file: belljar,
        args: ['do', '--rootfs', workplace.root, '--overlay', 'memory', '--cwd', '/', '--', ...inside(args)],
      }),
    });
  }
  return only ? all.filter((runtime) => only.includes(runtime.name)) : all;
}

function takesDirectory(args: readonly string[]): boolean {
  return args[0] === 'class' || args[0] === 'curve';
}

/** What ldd names: the C library and the loader, by the paths that the program asks for. */
function librariesOf(program: string): string[] {
  const lines = execFileSync('ldd', [program], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}

function find(name: string, also: readonly string[]): string | null {
  const onPath = (process.env['PATH'] ?? '')
    .split(':')
    .concat('/usr/sbin', '/usr/local/sbin')
    .map((directory) => join(directory, name));
  return [...also, ...onPath].find((path) => existsSync(path)) ?? null;
}

function versionOf(file: string): string {
  try {
    return execFileSync(file, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 10_000 })
      .split('\n')[0]!
      .trim();
  } catch {
    return 'version unknown';
  }
}

function ociConfig(root: string, args: readonly string[]) {
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args,
      env: ['PATH=/'],
      cwd: '/',
      noNewPrivileges: true,
      capabilities: { bounding: [], effective: [], permitted: [] },
    },
    root: { path: root, readonly: false },
    hostname: 'calibrate',
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
    ],
    linux: { namespaces: ['pid', 'ipc', 'uts', 'mount', 'network'].map((type) => ({ type })) },
  };
}
