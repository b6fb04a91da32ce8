/** belljar install: makes Belljar known to Docker as a runtime. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { Failure } from '#runtime/failure.ts';
import { readConfigFile, replaceConfigFile } from '#runtime/install/config-file.ts';
import { addRuntime, checkName } from '#runtime/install/docker-config.ts';
import { print } from './print.ts';

export const dockerConfig = '/etc/docker/daemon.json';
export const reloadDocker = "'systemctl reload docker', or 'kill -HUP $(pidof dockerd)'";

interface Flags {
  name: string;
  config: string;
  force?: boolean;
}

export function addInstall(program: Command): void {
  program
    .command('install')
    .description("Adds Belljar to Docker's runtimes, for docker run --runtime=NAME.")
    .usage('[options] [-- RUNTIME ARGS...]')
    .argument('[args...]', 'options of belljar that Docker passes at each start, after --')
    .option('--name <name>', 'what Docker calls it', 'belljar')
    .option('--config <file>', "Docker's configuration", dockerConfig)
    .option('--force', 'replace a runtime of that name that is another program')
    .action((args: string[], flags: Flags) => {
      checkName(flags.name);
      // The bundle lies in build/, beside it the command.
      const path = fileURLToPath(new URL('../belljar', import.meta.url));
      if (!existsSync(path)) throw new Failure('internal', `${path} is not there`);
      const file = readConfigFile(flags.config);
      const text = addRuntime(file.text ?? '', flags.config, flags.name, { path, runtimeArgs: args }, flags.force ?? false);
      if (text === null) {
        print(1, `Docker's runtime ${flags.name} is Belljar already, in ${flags.config}: nothing changed.\n`);
        return;
      }
      const backup = replaceConfigFile(file, text);
      print(
        1,
        `${flags.config}: runtime ${flags.name} is ${path}${backup === null ? '' : `; the file as it was: ${backup}`}.\n` +
          `Next: ${reloadDocker}, then 'docker run --rm --runtime=${flags.name} IMAGE'.\n`,
      );
    });
}
