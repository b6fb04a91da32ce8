/**
 * The hooks of an OCI bundle: programs of the host that the runtime runs at points of a container's life (runtime-spec,
 * config.md, "POSIX-platform Hooks"), one after the other, with the container's state as JSON on standard input.
 *
 * Where each kind runs:
 * - prestart, createRuntime, poststart, poststop: in the namespaces of the runtime, on the host, as with runc.
 * - createContainer: its path is the host's, so it runs on the host too. runc runs it in the container's mount namespace, before the
 *   change of root; the container's namespaces here are those of Belljar's kernel, which a host program cannot be in. It gets a mount
 *   namespace of its own, so that what it mounts is not left on the host; it is not seen inside either.
 * - startContainer: its path is the container's. It is a guest program, run by the kernel inside the sandbox just before the user's
 *   program (boot/start-hooks.ts), and is not this module's: `runHooks` refuses the kind.
 */
import type * as ChildProcess from 'node:child_process';
import { Failure } from './failure.ts';
import { withPrivateMounts } from './private-mounts.ts';

export const hookKinds = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'] as const;
export type HookKind = (typeof hookKinds)[number];

export interface Hook {
  /** Absolute. */
  readonly path: string;
  /** argv, with argv[0]; empty: the path alone. */
  readonly args: readonly string[];
  /** NAME=VALUE; null: the runtime's own environment. */
  readonly env: readonly string[] | null;
  /** Seconds; null: as long as it takes. */
  readonly timeout: number | null;
}
export type Hooks = Readonly<Record<HookKind, readonly Hook[]>>;

export const OCI_VERSION = '1.2.1';

/** The state of a container, as runtime-spec's "state" has it. */
export interface OciState {
  readonly ociVersion: string;
  readonly id: string;
  readonly status: 'creating' | 'created' | 'running' | 'stopped';
  /** Of the container's process, as the host counts; absent before there is one, and in poststop 0. */
  readonly pid?: number;
  readonly bundle: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** More output than this ends a hook. */
const MAX_OUTPUT = 16 << 20;

/** Loaded when there is a hook to run: it takes a start 5 ms. */
function childProcess(): typeof ChildProcess {
  return process.getBuiltinModule('node:child_process');
}

/** Text that holds one character for each byte, as a Buffer's bytes: spawn encodes strings as UTF-8. */
function utf8(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function environment(env: readonly string[] | null): NodeJS.ProcessEnv {
  if (env === null) return process.env;
  return Object.fromEntries(
    env.map((entry) => {
      const at = entry.indexOf('=');
      return [utf8(entry.slice(0, at)), utf8(entry.slice(at + 1))];
    }),
  );
}

function lastLine(output: Buffer | null): string {
  const text = output?.toString('latin1').trimEnd() ?? '';
  const line = text.slice(text.lastIndexOf('\n') + 1).trim();
  return line.length > 300 ? `${line.slice(0, 300)}...` : line;
}

/** What was wrong with one run; null if nothing was. */
function runOne(hook: Hook, input: string): string | null {
  const [argv0 = hook.path, ...args] = hook.args;
  const result = childProcess().spawnSync(utf8(hook.path), args.map(utf8), {
    argv0: utf8(argv0),
    env: environment(hook.env),
    cwd: '/',
    input,
    timeout: hook.timeout === null ? undefined : hook.timeout * 1000,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_OUTPUT,
  });
  const said = lastLine(result.stderr) || lastLine(result.stdout);
  const tail = said === '' ? '' : `: ${said}`;
  const code = (result.error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ETIMEDOUT') return `took longer than its timeout of ${hook.timeout} s and was killed${tail}`;
  if (code === 'ENOBUFS') return `wrote more than ${MAX_OUTPUT >> 20} MiB of output and was killed`;
  // A hook that does not read the state ends before all of it is written: no failure.
  if (code !== undefined && code !== 'EPIPE') return `cannot be run (${code === 'ENOENT' ? 'no such file' : code})`;
  if (result.signal !== null) return `was killed by ${result.signal}${tail}`;
  return result.status === 0 ? null : `ended with exit status ${result.status}${tail}`;
}

/**
 * Runs the hooks of one kind in order, each to its end. The first that fails ends the operation: `Failure`, with the hook's path,
 * its exit status, and the last line that it wrote. For poststart and poststop a failure is one warning, and the rest
 * run all the same (runtime-spec 1.2, runtime.md, "Lifecycle").
 */
export function runHooks(
  kind: HookKind,
  hooks: readonly Hook[],
  state: OciState,
  warn: (line: string) => void = (line) => process.stderr.write(`belljar: ${line}\n`),
): void {
  if (hooks.length === 0) return;
  if (kind === 'startContainer')
    throw new Failure(
      'hook',
      `startContainer hook ${hooks[0]?.path}: these run inside the sandbox, started by its kernel, not on the host`,
    );
  const run = (): void => runAll(kind, hooks, JSON.stringify(state), warn);
  if (kind === 'createContainer') withPrivateMounts(run);
  else run();
}

function runAll(kind: HookKind, hooks: readonly Hook[], input: string, warn: (line: string) => void): void {
  for (const hook of hooks) {
    const wrong = runOne(hook, input);
    if (wrong === null) continue;
    const message = `${kind} hook ${hook.path} ${wrong}`;
    if (kind !== 'poststart' && kind !== 'poststop') throw new Failure('hook', message);
    warn(message);
  }
}
