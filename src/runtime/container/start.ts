/** `start`: lets the init process of a created container run. */
import { existsSync, rmSync } from 'node:fs';
import { Failure } from '../failure.ts';
import { runHooks } from '../oci-hooks.ts';
import { ask } from './control-client.ts';
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
  ask(directory, { do: 'start' });
  rmSync(`${directory}/start`, { force: true });
  runHooks('poststart', state.poststart, ociState(state, 'running'), (line) => log.warn(line));
}

export function isStarted(container: Container): boolean {
  return !existsSync(`${container.directory}/start`);
}
