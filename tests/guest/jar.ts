/**
 * Runs one command natively or in the jar, for the suites that compare the two. A run is bounded in time and output; at the
 * limit its whole process group is killed (it was started as one), so that a hung sandbox never hangs the suite.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
export const jarCommand = `${projectRoot}/belljar`;

export interface Outcome {
  /** Exit status, or -1 when ended by a signal or a time-out. */
  readonly status: number;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  readonly milliseconds: number;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly timeoutMs?: number;
  /** Options of `belljar do`, before `--`; ignored natively. */
  readonly jarOptions?: readonly string[];
}

const outputLimit = 16 << 20;

export function jarIsThere(): boolean {
  return existsSync(jarCommand);
}

export function runNative(command: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return run(command, options);
}

export function runJar(command: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const cwd = options.cwd === undefined ? [] : ['--cwd', options.cwd];
  return run([jarCommand, 'do', ...cwd, ...(options.jarOptions ?? []), '--', ...command], options);
}

/** An outcome in one string that two runs can be compared by. */
export function describe(outcome: Outcome): string {
  const end = outcome.timedOut ? 'timed out' : outcome.signal !== null ? `signal ${outcome.signal}` : `status ${outcome.status}`;
  return `${end}\n--- stdout\n${outcome.stdout}--- stderr\n${outcome.stderr}`;
}

function run(command: readonly string[], options: RunOptions): Promise<Outcome> {
  const [program, ...args] = command;
  if (program === undefined) throw new Error('run: empty command');
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: options.env === undefined ? guestEnvironment() : { ...guestEnvironment(), ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    let timedOut = false;
    const collect = (): { text: () => string; push: (chunk: Buffer) => void } => {
      const chunks: Buffer[] = [];
      let size = 0;
      return {
        push: (chunk) => {
          size += chunk.length;
          if (size <= outputLimit) chunks.push(chunk);
        },
        text: () => Buffer.concat(chunks).toString('latin1'),
      };
    };
    const out = collect();
    const err = collect();
    const endGroup = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    };
    const timer = setTimeout(() => {
      timedOut = true;
      endGroup();
      // A pipe that a survivor in another group holds open would keep 'close' from coming.
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, 1000).unref();
    }, options.timeoutMs ?? 60_000);
    child.stdout.on('data', out.push);
    child.stderr.on('data', err.push);
    // A program that ends without reading its input closes the pipe on us; that is its right.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({
        status: code ?? -1,
        signal,
        stdout: out.text(),
        stderr: err.text(),
        timedOut,
        milliseconds: performance.now() - started,
      });
    });
  });
}

/** The same small environment natively and in the jar. node:test's own variables must not reach a guest's node. */
function guestEnvironment(): Record<string, string> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LANG: 'C.UTF-8',
    TERM: 'xterm',
    USER: 'root',
    LOGNAME: 'root',
    TZ: 'UTC',
  };
}
