/** Root, working directory and umask of a process (`fs_struct`); shared by CLONE_FS. */
import type { Path } from '#fs/vfs/path.ts';

export class FsContext {
  refs = 1;
  root: Path;
  cwd: Path;
  umask: number;
  constructor(root: Path, cwd: Path, umask: number) {
    this.root = root;
    this.cwd = cwd;
    this.umask = umask;
  }
  copy(): FsContext {
    return new FsContext(this.root, this.cwd, this.umask);
  }
}
