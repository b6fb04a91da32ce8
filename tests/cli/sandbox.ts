/** Starts sandboxes for the tests here, and reads the host's /proc about them. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
export const belljar = `${root}/belljar`;
export const isRoot = process.getuid?.() === 0;

/** How the sandbox is started: as root, by root in a user namespace, or by an ordinary user. */
export type Mode = 'root' | 'userns' | 'nobody';
export const modes: readonly Mode[] = isRoot ? ['root', 'userns', 'nobody'] : ['nobody'];
const NOBODY = 65534;

function how(mode: Mode): { env: NodeJS.ProcessEnv; uid?: number; gid?: number; cwd: string } {
  // FRESH: npm test has built; a source edited meanwhile changes nothing here.
  const env: NodeJS.ProcessEnv = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', BELLJAR_FRESH: '1' };
  if (mode === 'userns') env['BELLJAR_USERNS'] = '1';
  return mode === 'nobody' && isRoot ? { env, uid: NOBODY, gid: NOBODY, cwd: '/' } : { env, cwd: '/' };
}

export interface Finished {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs belljar to its end. */
export function run(
  args: readonly string[],
  options: { mode?: Mode; input?: string; cwd?: string; env?: Record<string, string>; program?: string } = {},
): Finished {
  const base = how(options.mode ?? (isRoot ? 'root' : 'nobody'));
  const result = spawnSync(options.program ?? belljar, args, {
    ...base,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...base.env, ...options.env },
    input: options.input ?? '',
    encoding: 'latin1',
    timeout: 60_000,
  });
  return { status: result.status, signal: result.signal, stdout: result.stdout, stderr: result.stderr };
}

export interface Running {
  readonly child: ChildProcess;
  /** The waiter: what the shell started. */
  readonly waiter: number;
  /** The sandbox's Node. */
  readonly kernel: number;
  /** The zygote and one process for each guest address space. */
  readonly stubs: readonly number[];
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts a sandbox with two guest processes in it, and returns when both run. */
export async function start(mode: Mode, options: readonly string[] = []): Promise<Running> {
  const script = 'exec 3<&0; cat <&3 & echo ready; cat <&3';
  const child = spawn(belljar, ['do', ...options, '--', '/bin/sh', '-c', script], { ...how(mode), stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.on('exit', (code, signal) => resolve({ code, signal })),
  );
  let text = '';
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready after 30 s: ${text}`)), 30_000);
    child.stdout?.on('data', (data: Buffer) => {
      text += data.toString('latin1');
      if (text.includes('ready')) {
        clearTimeout(timer);
        resolve();
      }
    });
    child.stderr?.on('data', (data: Buffer) => (text += data.toString('latin1')));
    child.on('exit', (code, signal) => reject(new Error(`ended with ${code ?? signal}: ${text}`)));
  });
  const waiter = child.pid ?? 0;
  const kernel = childrenOf(waiter)[0] ?? 0;
  return { child, waiter, kernel, stubs: await settled(kernel), ended };
}

/** The descendants, once they have been the same for a while: an execve may still be replacing one. */
async function settled(kernel: number): Promise<number[]> {
  let last = '';
  for (let same = 0; same < 5; ) {
    await new Promise((resolve) => setTimeout(resolve, 30));
    const now = descendants(kernel).join();
    same = now === last ? same + 1 : 0;
    last = now;
  }
  return last.split(',').map(Number);
}

/** None of a process that is gone. */
export function childrenOf(pid: number): number[] {
  try {
    return threadsOf(pid)
      .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' '))
      .filter((child) => child.trim() !== '')
      .map(Number);
  } catch {
    return [];
  }
}

export function descendants(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendants(child)]);
}

export function alive(pid: number): boolean {
  try {
    // A zombie that its reaper has not collected yet holds nothing.
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}

/** Fields of /proc/PID/task/TID/status. */
export function statusOf(pid: number, tid: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of readFileSync(`/proc/${pid}/task/${tid}/status`, 'latin1').split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return fields;
}

export function threadsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`);
}

/** What each descriptor refers to. */
export function descriptorsOf(pid: number): Map<number, string> {
  const all = new Map<number, string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`)) all.set(Number(fd), readlinkSync(`/proc/${pid}/fd/${fd}`));
  return all;
}

export function namespaceOf(pid: number | 'self', kind: string): string {
  return readlinkSync(`/proc/${pid}/ns/${kind}`);
}

/** Waits until `done` or 5 s have passed; whether it came. */
export async function eventually(done: () => boolean): Promise<boolean> {
  for (let i = 0; i < 250; i++) {
    if (done()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return done();
}
