/**
 * A container's directory, ROOT/ID:
 *
 *     state.json    ContainerState; replaced by renaming, so that whoever reads it sees the old or the new
 *     config.json   the bundle's, as it was when the container was created
 *     lock          held by each command that changes the container
 *     control       socket of the container's kernel (protocol.ts)
 *     start         there until the container has been started (tickets.ts)
 *     remove        what the usual `delete` removes (tickets.ts)
 *
 * A command may die at any point. What it leaves is a container that `list` shows and `delete --force` removes: a directory without
 * a (whole) state.json counts as a container that stopped while it was created.
 */
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Failure } from '../failure.ts';
import { type Hook, OCI_VERSION } from '../oci-hooks.ts';
import { FileLock, startOf } from './host.ts';

export { OCI_VERSION };

export type Status = 'creating' | 'created' | 'running' | 'paused' | 'stopped';

export interface ContainerState {
  readonly ociVersion: string;
  readonly id: string;
  readonly bundle: string;
  readonly rootfs: string;
  /** ISO 8601. */
  readonly created: string;
  readonly owner: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Still being created. */
  readonly creating: boolean;
  /** The waiter: the container's process for the host. */
  readonly pid: number;
  readonly pidStart: number;
  /** The sandbox process. */
  readonly sandbox: number;
  readonly sandboxStart: number;
  readonly poststart: readonly Hook[];
  readonly poststop: readonly Hook[];
  readonly startContainer: readonly Hook[];
  /** What Cgroup.describe() said; null: no cgroup of its own. */
  readonly cgroup: object | null;
}

export function defaultRoot(): string {
  const runtimeDir = process.env['XDG_RUNTIME_DIR'];
  return process.geteuid?.() !== 0 && runtimeDir ? `${runtimeDir}/belljar` : '/run/belljar';
}

export function checkId(id: string): string {
  if (!/^[A-Za-z0-9_+.-]{1,1024}$/.test(id) || id === '.' || id === '..')
    throw new Failure('usage', `invalid container id ${JSON.stringify(id)}: want letters, digits, and _ + - .`);
  return id;
}

export class Container {
  readonly id: string;
  readonly directory: string;
  #state: ContainerState;

  private constructor(id: string, directory: string, state: ContainerState) {
    this.id = id;
    this.directory = directory;
    this.#state = state;
  }

  /** A new one, locked by the caller's `lock`. Throws if there is one of that name. */
  static make(root: string, state: ContainerState): { container: Container; lock: FileLock } {
    const directory = `${root}/${state.id}`;
    try {
      mkdirSync(root, { recursive: true, mode: 0o711 });
      mkdirSync(directory, { mode: 0o700 });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST' && existsSync(directory)) throw new Failure('container', `container with given ID already exists: ${state.id}`);
      throw new Failure('state', `${directory}: cannot be made (${code}): choose another place with --root`);
    }
    const container = new Container(state.id, directory, state);
    try {
      const lock = new FileLock(`${directory}/lock`);
      container.update({});
      return { container, lock };
    } catch (error) {
      // A full disk, say. A lock taken goes with this process, which now ends.
      container.remove();
      throw error;
    }
  }

  /** Throws if there is none. */
  static open(root: string, id: string): Container {
    const directory = `${root}/${checkId(id)}`;
    if (!existsSync(directory)) throw new Failure('container', `container does not exist: ${id}`);
    return new Container(id, directory, readState(directory, id));
  }

  static list(root: string): Container[] {
    let names: string[];
    try {
      names = readdirSync(root);
    } catch {
      return []; // nothing was ever created here
    }
    return names.sort().flatMap((id) => {
      const directory = `${root}/${id}`;
      // Others may remove containers while we look.
      if (!/^[A-Za-z0-9_+.-]+$/.test(id) || lstatSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
      return [new Container(id, directory, readState(directory, id))];
    });
  }

  get state(): ContainerState {
    return this.#state;
  }
  update(changes: Partial<ContainerState>): void {
    this.#state = { ...this.#state, ...changes };
    const path = `${this.directory}/state.json`;
    try {
      writeFileSync(`${path}.new`, `${JSON.stringify(this.#state)}\n`, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    } catch (error) {
      throw new Failure('state', `${path}: ${(error as NodeJS.ErrnoException).code}`);
    }
  }

  /** Locks it and reads its state anew; throws if it has been removed meanwhile. */
  lock(): FileLock {
    const gone = new Failure('container', `container does not exist: ${this.id}`);
    if (!existsSync(this.directory)) throw gone;
    const lock = new FileLock(`${this.directory}/lock`);
    if (!existsSync(`${this.directory}/lock`)) {
      lock[Symbol.dispose]();
      throw gone;
    }
    this.#state = readState(this.directory, this.id);
    return lock;
  }

  get alive(): boolean {
    const { pid, pidStart } = this.#state;
    return pidStart !== 0 && startOf(pid) === pidStart;
  }
  get sandboxAlive(): boolean {
    const { sandbox, sandboxStart } = this.#state;
    return sandboxStart !== 0 && startOf(sandbox) === sandboxStart;
  }
  /** `frozen`: whether its cgroup is. */
  status(frozen: () => boolean): Status {
    if (!this.alive) return 'stopped';
    if (this.#state.creating) return 'creating';
    if (frozen()) return 'paused';
    return existsSync(`${this.directory}/start`) ? 'created' : 'running';
  }

  remove(): void {
    try {
      // First the name by which it is found, so that a half-removed one is not taken for a whole.
      rmSync(this.directory, { recursive: true, force: true });
    } catch (error) {
      throw new Failure('state', `${this.directory}: cannot be removed (${(error as NodeJS.ErrnoException).code})`);
    }
  }
}

export function newState(id: string, bundle: string): ContainerState {
  return {
    ociVersion: OCI_VERSION,
    id,
    bundle,
    rootfs: '',
    created: new Date().toISOString(),
    owner: '',
    annotations: {},
    creating: true,
    pid: 0,
    pidStart: 0,
    sandbox: 0,
    sandboxStart: 0,
    poststart: [],
    poststop: [],
    startContainer: [],
    cgroup: null,
  };
}

/** What is not there or broken was left by a crash: such a container can be listed and removed, no more. */
function readState(directory: string, id: string): ContainerState {
  try {
    const found = JSON.parse(readFileSync(`${directory}/state.json`, 'utf8')) as ContainerState;
    return { ...newState(id, ''), ...found, id };
  } catch {
    return { ...newState(id, ''), created: lstatSync(directory, { throwIfNoEntry: false })?.mtime.toISOString() ?? '' };
  }
}
