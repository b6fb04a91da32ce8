/** `start`: lets the init process of a created container run. */
import { existsSync, rmSync } from 'node:fs';
import { Failure } from '../failure.ts';
import { runHooks } from '../oci-hooks.ts';
import { ANSWER_S, ask } from './control-client.ts';
import { cgroupOf, type GlobalOptions, ociState } from './create.ts';
import type { Container } from './state.ts';

export function startContainer(container: Container, { log }: GlobalOptions): void {
  using _ = container.lock();
  const { state, directory } = container;
  const status = container.status(() => cgroupOf(state)?.isFrozen() ?? false);
  if (status !== 'created')
    throw new Failure(
      'state',
      status === 'stopped' ? 'cannot start a container that has stopped' : `cannot start a container that is ${status}`,
    );
  begin(container);
  rmSync(`${directory}/start`, { force: true });
  runHooks('poststart', state.poststart, ociState(state, 'running'), (line) => log.warn(line));
}

/** With hooks inside the answer comes when the last one has ended: as late as their timeouts say, or for as long as they take. */
function begin({ state, directory }: Container): void {
  const hooks = state.startContainer;
  const limited = hooks.every((hook) => hook.timeout !== null);
  const hooksTake = hooks.reduce((sum, hook) => sum + (hook.timeout ?? 0), 0);
  ask(directory, { do: 'start', pid: state.pid }, hooks.length === 0 ? ANSWER_S : limited ? ANSWER_S + hooksTake : 0);
}

export function isStarted(container: Container): boolean {
  return !existsSync(`${container.directory}/start`);
}
