/** `exec`: a further process in a running container. The companion (native/launcher-exec.c) stays for as long as it lives. */
import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { resolve } from 'node:path';
import { capabilityNames } from '#abi/capability.ts';
import { Failure } from '../failure.ts';
import { mergeEnv, normalPath } from '../options.ts';
import type { CapabilityMask, CapabilitySets } from '../sandbox-spec.ts';
import { type OciProcess, parseProcess } from '../spec/config.ts';
import { readConfigText } from '../spec/read-config.ts';
import { Field } from '../spec/reader.ts';
import { Companion } from './companion.ts';
import { type GlobalOptions, write, writePidFile } from './create.ts';
import { statusOf } from './end.ts';
import { Container } from './state.ts';

export interface ExecOptions {
  readonly id: string;
  /** A file with a process object; null: the container's own process with the changes below. */
  readonly processFile: string | null;
  readonly args: readonly string[];
  readonly terminal: boolean;
  readonly env: readonly string[];
  readonly cwd: string | null;
  /** UID or UID:GID. */
  readonly user: string | null;
  readonly additionalGids: readonly number[];
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: boolean;
  readonly consoleSocket: string | null;
  readonly pidFile: string | null;
  readonly preserveFds: number;
  readonly detach: boolean;
}

/** Starts it; the companion's pid. */
export function execInContainer(options: ExecOptions, globals: GlobalOptions): number {
  const container = Container.open(globals.root, options.id);
  const process = options.processFile === null ? changedProcess(container, options) : readProcess(options.processFile);
  const terminal = process.terminal;
  if (terminal && options.consoleSocket === null && (options.detach || !isatty(0)))
    throw new Failure('usage', '--tty: standard input is no terminal that could be used: name a --console-socket to send a new one to');
  if (!terminal && options.consoleSocket !== null)
    throw new Failure('usage', '--console-socket: the process has no terminal: ask for one with --tty');
  const companion = new Companion();
  const [pid = 0] = companion.pids;
  using _ = container.lock();
  const status = statusOf(container);
  if (status === 'stopped') throw new Failure('state', 'cannot exec in a container that has stopped: container not running');
  if (status === 'paused') throw new Failure('state', 'cannot exec in a paused container');
  if (status === 'creating') throw new Failure('state', 'cannot exec in a container that is being created');
  const { terminal: _terminal, ...program } = process;
  const request = { process: { ...program, cwd: normalPath(program.cwd), cwdIsHint: false }, terminal };
  write(`${container.directory}/exec.${pid}`, JSON.stringify(request));
  companion.send('d', resolve(container.directory));
  if (options.detach || options.consoleSocket !== null) companion.send('l');
  if (options.consoleSocket !== null) {
    companion.send('c', resolve(options.consoleSocket));
    companion.expect('k');
  }
  if (options.preserveFds > 0) companion.send('n', String(options.preserveFds));
  companion.send('o', `exec.${pid}`);
  companion.expect('C');
  if (options.pidFile !== null) writePidFile(options.pidFile, pid);
  companion.release();
  return pid;
}

function readProcess(path: string): OciProcess {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Failure('bundle', `--process ${path}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`);
  }
  return parseProcess(new Field(document, 'process'));
}

function changedProcess(container: Container, options: ExecOptions): OciProcess {
  const base = readConfigText(container.directory).config.process;
  if (options.args.length === 0) throw new Failure('usage', 'exec: say which program to run, or name a --process file');
  const [uid = base.uid, gid = base.gid] = options.user === null ? [] : parseUser(options.user);
  return {
    ...base,
    args: options.args,
    env: mergeEnv(base.env, options.env),
    cwd: options.cwd ?? base.cwd,
    uid,
    gid,
    additionalGids: [...base.additionalGids, ...options.additionalGids],
    capabilities: withCapabilities(base.capabilities, options.capabilities),
    noNewPrivileges: base.noNewPrivileges || options.noNewPrivileges,
    terminal: options.terminal,
  };
}

function parseUser(text: string): number[] {
  if (!/^\d{1,10}(:\d{1,10})?$/.test(text)) throw new Failure('usage', `--user ${text}: want UID or UID:GID, in numbers`);
  return text.split(':').map(Number);
}

function withCapabilities(sets: CapabilitySets, names: readonly string[]): CapabilitySets {
  let [lo, hi] = [0, 0];
  for (const name of names) {
    const number = capabilityNames.indexOf(name as (typeof capabilityNames)[number]);
    if (number < 0) throw new Failure('usage', `--cap ${name}: want a capability such as CAP_NET_BIND_SERVICE`);
    if (number < 32) lo |= 1 << number;
    else hi |= 1 << (number - 32);
  }
  const add = (mask: CapabilityMask): CapabilityMask => ({ lo: (mask.lo | lo) >>> 0, hi: (mask.hi | hi) >>> 0 });
  return {
    bounding: add(sets.bounding),
    effective: add(sets.effective),
    permitted: add(sets.permitted),
    inheritable: sets.inheritable,
    ambient: sets.ambient,
  };
}
