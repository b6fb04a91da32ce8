import { writeSync } from 'node:fs';

/** Writes Latin-1 text, all of it. */
export function print(fd: number, text: string): void {
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}
