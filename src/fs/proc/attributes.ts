/** /proc/PID/attr: security labels. There is no security module, so every one reads as an error, as on a Linux without one. */
import { EINVAL } from '#abi/errno.ts';
import { file, ListedDirectory } from '../pseudo/pseudo.ts';
import type { SuperBlock } from '../vfs/super-block.ts';
import type { Subject } from './inspect.ts';

const entries = ['current', 'exec', 'fscreate', 'keycreate', 'prev', 'sockcreate'].map((name) =>
  file(
    name,
    () => -EINVAL,
    name === 'prev' ? 0o444 : 0o666,
    () => -EINVAL,
  ),
);

export function attributeDirectory(superBlock: SuperBlock, _subject: Subject): ListedDirectory {
  return new ListedDirectory(superBlock, entries);
}
