/** config.json in a directory: a bundle, or a container's own copy. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { Failure } from '../failure.ts';
import { type OciConfig, parseConfig } from './config.ts';

const MAX_CONFIG = 4 << 20;

/** `directory` is a Latin-1 byte string. */
export function readConfigText(directory: string): { text: string; config: OciConfig } {
  let fd: number;
  try {
    // Not a FIFO's writer to wait for.
    fd = openSync(Buffer.from(`${directory}/config.json`, 'latin1'), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new Failure(
      'bundle',
      `${directory}: ${code === 'ENOENT' ? 'there is no config.json: make one with `belljar spec`' : `config.json: ${code}`}`,
    );
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size > MAX_CONFIG) throw new Failure('bundle', `${directory}/config.json: want a file of at most 4 MiB`);
    const text = readFileSync(fd, 'utf8');
    return { text, config: parseConfig(text) };
  } finally {
    closeSync(fd);
  }
}
