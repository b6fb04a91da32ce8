/** HOME of a container's process, as runc and crun set it: what config.json says, or else what the container's /etc/passwd has. */
import { AT_FDCWD, O_NONBLOCK, O_RDONLY } from '#abi/fcntl.ts';
import { S_IFMT, S_IFREG } from '#abi/stat.ts';
import { openPath } from '#fs/vfs/open.ts';
import { KernelIo } from '#kernel/io.ts';
import type { Task } from '#kernel/task.ts';

const MAX_PASSWD = 1 << 20;

export function withHome(task: Task, env: readonly string[], uid: number): readonly string[] {
  if (env.some((entry) => entry.startsWith('HOME='))) return env;
  return [...env, `HOME=${homeOf(readPasswd(task), uid) ?? '/'}`];
}

/** The home directory of the first line with that uid (passwd(5)). */
export function homeOf(passwd: string, uid: number): string | null {
  for (const line of passwd.split('\n')) {
    const fields = line.split(':');
    if (fields.length >= 7 && /^\d{1,10}$/.test(fields[2] ?? '') && Number(fields[2]) === uid) return fields[5] ?? null;
  }
  return null;
}

/** '' without such a file: many images have none. */
function readPasswd(task: Task): string {
  const file = openPath(task, AT_FDCWD, '/etc/passwd', O_RDONLY | O_NONBLOCK, 0);
  if (typeof file === 'number') return '';
  const bytes = new Uint8Array((file.inode.mode & S_IFMT) === S_IFREG ? Math.min(file.inode.size, MAX_PASSWD) : 0);
  const length = bytes.length === 0 ? 0 : file.read(task, new KernelIo(bytes), 0);
  file.put();
  return Buffer.from(bytes.buffer, 0, Math.max(length, 0)).toString('latin1');
}
