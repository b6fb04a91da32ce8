/** belljar uninstall: takes Belljar out of Docker's runtimes. */
import type { Command } from 'commander';
import { readConfigFile, replaceConfigFile } from '#runtime/install/config-file.ts';
import { checkName, removeRuntime } from '#runtime/install/docker-config.ts';
import { dockerConfig, reloadDocker } from './install.ts';
import { print } from './print.ts';

export function addUninstall(program: Command): void {
  program
    .command('uninstall')
    .description("Takes Belljar out of Docker's runtimes.")
    .option('--name <name>', 'what Docker calls it', 'belljar')
    .option('--config <file>', "Docker's configuration", dockerConfig)
    .action((flags: { name: string; config: string }) => {
      checkName(flags.name);
      const file = readConfigFile(flags.config);
      const text = file.text === null ? null : removeRuntime(file.text, flags.config, flags.name);
      if (text === null) {
        print(1, `${flags.config} has no runtime ${flags.name}: nothing changed.\n`);
        return;
      }
      const backup = replaceConfigFile(file, text);
      print(1, `${flags.config}: runtime ${flags.name} is gone; the file as it was: ${backup}.\nNext: ${reloadDocker}.\n`);
    });
}
