/** `kill`, `delete`, `pause` and `resume`. */
import { constants } from 'node:os';
import { Failure } from '../failure.ts';
import { runHooks } from '../oci-hooks.ts';
import { ask } from './control-client.ts';
import { cgroupOf, endProcesses, type GlobalOptions, ociState } from './create.ts';
import type { Container, Status } from './state.ts';

const SIGRTMIN = 34;
const SIGRTMAX = 64;

/** "9", "KILL", "SIGKILL", "RTMIN+1". */
export function parseSignal(text: string): number {
  const name = text.toUpperCase().replace(/^SIG/, '');
  const known = (constants.signals as Record<string, number>)[`SIG${name}`];
  const realTime = /^RT(MIN\+|MAX-)(\d+)$/.exec(name);
  const number = /^\d+$/.test(name)
    ? Number(name)
    : (known ??
      (name === 'RTMIN'
        ? SIGRTMIN
        : name === 'RTMAX'
          ? SIGRTMAX
          : realTime === null
            ? 0
            : realTime[1] === 'MIN+'
              ? SIGRTMIN + Number(realTime[2])
              : SIGRTMAX - Number(realTime[2])));
  if (number < 1 || number > SIGRTMAX)
    throw new Failure('usage', `unknown signal ${JSON.stringify(text)}: want a name such as TERM or a number from 1 to 64`);
  return number;
}

export function statusOf(container: Container): Status {
  return container.status(() => cgroupOf(container.state)?.isFrozen() ?? false);
}

/** Sends `signal` to init, or to every process. */
export function killContainer(container: Container, signal: number, all: boolean): void {
  using _ = container.lock();
  const status = statusOf(container);
  if (status === 'stopped') throw new Failure('state', 'container not running');
  if (signal === constants.signals.SIGKILL) {
    // The end of the waiter is the end of all, whatever state the sandbox is in; and a frozen process dies when it thaws.
    process.kill(container.state.pid, 'SIGKILL');
    if (status === 'paused') cgroupOf(container.state)?.thaw();
    return;
  }
  if (status === 'paused')
    process.kill(container.state.pid, signal); // the waiter passes it on when it thaws
  else ask(container.directory, { do: 'kill', signal, all });
}

export function deleteContainer(container: Container, force: boolean, { log }: GlobalOptions): void {
  using _ = container.lock();
  const { state } = container;
  const status = statusOf(container);
  if (status !== 'stopped' && status !== 'created' && !force)
    throw new Failure('state', `cannot delete container ${container.id} that is not stopped: ${status}`);
  const cgroup = cgroupOf(state, log);
  if (status === 'paused') {
    process.kill(state.pid, 'SIGKILL');
    cgroup?.thaw();
  }
  endProcesses(container);
  cgroup?.remove();
  runHooks('poststop', state.poststop, ociState(state, 'stopped'), (line) => log.warn(line));
  container.remove();
}

export function pauseContainer(container: Container): void {
  using _ = container.lock();
  const status = statusOf(container);
  if (status !== 'running' && status !== 'created') throw new Failure('state', `cannot pause a container that is ${status}`);
  const cgroup = cgroupOf(container.state);
  if (cgroup === null) throw new Failure('state', 'cannot pause: the container has no cgroup of its own');
  cgroup.freeze();
}

export function resumeContainer(container: Container): void {
  using _ = container.lock();
  const status = statusOf(container);
  if (status !== 'paused') throw new Failure('state', `cannot resume a container that is ${status}: it is not paused`);
  cgroupOf(container.state)?.thaw();
}
