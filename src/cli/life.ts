/** belljar start, kill, delete, pause, resume; and checkpoint and restore, which are refused. */
import type { Command } from 'commander';
import type { GlobalOptions } from '#runtime/container/create.ts';
import { deleteContainer, killContainer, parseSignal, pauseContainer, resumeContainer } from '#runtime/container/end.ts';
import { startContainer } from '#runtime/container/start.ts';
import { Container } from '#runtime/container/state.ts';
import { Failure } from '#runtime/failure.ts';

export function addLife(program: Command, globals: () => GlobalOptions): void {
  const open = (id: string): Container => Container.open(globals().root, id);
  program
    .command('start')
    .description('Lets a created container run.')
    .argument('<id>')
    .action((id: string) => startContainer(open(id), globals()));
  program
    .command('kill')
    .description("Sends a signal (TERM) to the container's first process.")
    .argument('<id>')
    .argument('[signal]', 'name or number', 'TERM')
    .option('-a, --all', 'to all its processes')
    .action((id: string, signal: string, flags: { all?: boolean }) => killContainer(open(id), parseSignal(signal), flags.all ?? false));
  program
    .command('delete')
    .description('Removes a stopped container.')
    .argument('<id>')
    .option('-f, --force', 'kill it first if it runs')
    .action((id: string, flags: { force?: boolean }) => {
      const all = globals();
      const force = flags.force ?? false;
      try {
        deleteContainer(open(id), force, all);
      } catch (error) {
        // Somebody else was quicker.
        if (force && error instanceof Failure && error.code === 'container' && error.message.startsWith('container does not exist')) return;
        throw error;
      }
    });
  program
    .command('pause')
    .description('Freezes all processes of a container.')
    .argument('<id>')
    .action((id: string) => pauseContainer(open(id)));
  program
    .command('resume')
    .description('Lets a paused container go on.')
    .argument('<id>')
    .action((id: string) => resumeContainer(open(id)));
  for (const name of ['checkpoint', 'restore'])
    program
      .command(name)
      .description('Refused: checkpoints are not supported.')
      .argument('[args...]')
      .allowUnknownOption()
      .action(() => {
        throw new Failure('unsupported', `${name}: Belljar cannot save and restore running containers`);
      });
}
