/** What eventfd, timerfd, signalfd, epoll and inotify descriptors have in common: a position that never moves. */
import { OpenFile } from '#fs/vfs/open-file.ts';

export abstract class AnonFile extends OpenFile {
  override seek(_offset: number, _whence: number): number {
    return 0;
  }
}
