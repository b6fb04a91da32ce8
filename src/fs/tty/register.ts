/** The terminal devices: /dev/tty (5:0), /dev/console (5:1), /dev/ptmx (5:2), and the devpts file system. */
import { EIO, ENXIO } from '#abi/errno.ts';
import { O_NOCTTY } from '#abi/fcntl.ts';
import { registerCharDevice, registerFileSystem } from '#fs/vfs/registry.ts';
import { currentDevPts, DevPts, mountDevPts } from './devpts.ts';
import type { Terminal } from './terminal.ts';
import { openTerminal } from './terminal-file.ts';

/** What /dev/console opens; null when there is no terminal. */
export const console = { terminal: null as Terminal | null };

export function registerTerminals(): void {
  registerFileSystem('devpts', mountDevPts);
  registerCharDevice(5, 0, (task, inode, flags) => {
    const terminal = task.group.session.terminal as Terminal | null;
    return terminal === null ? -ENXIO : openTerminal(task, terminal, inode, flags | O_NOCTTY);
  });
  registerCharDevice(5, 1, (task, inode, flags) => {
    const { terminal } = console;
    return terminal === null ? -EIO : openTerminal(task, terminal, inode, flags | O_NOCTTY);
  });
  registerCharDevice(5, 2, (task, inode, flags, path) => {
    const { superBlock } = path.mount;
    const devpts = superBlock instanceof DevPts ? superBlock : currentDevPts();
    return devpts === null ? -ENXIO : devpts.openMaster(task, flags, inode, path);
  });
}
