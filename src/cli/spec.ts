/** belljar spec: writes a config.json to start from. */
import { existsSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { Failure } from '#runtime/failure.ts';
import { defaultConfig } from '#runtime/spec/default-config.ts';

export function addSpec(program: Command): void {
  program
    .command('spec')
    .description('Writes a config.json for a bundle to start from.')
    .option('-b, --bundle <dir>', 'where', '.')
    .action((flags: { bundle: string }) => {
      const path = `${flags.bundle}/config.json`;
      if (existsSync(path)) throw new Failure('bundle', `${path} exists: remove it first`);
      try {
        writeFileSync(path, `${JSON.stringify(defaultConfig(), null, 2)}\n`, { flag: 'wx', mode: 0o644 });
      } catch (error) {
        throw new Failure('bundle', `${path}: ${(error as NodeJS.ErrnoException).code}: name a directory you can write with --bundle`);
      }
    });
}
