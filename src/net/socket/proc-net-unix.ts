/** The rows of /proc/net/unix, below its heading. */
import { unixSockets } from './unix-socket.ts';

const SO_ACCEPTCON = 0x10000;
/** SS_UNCONNECTED, SS_CONNECTED. */
const [UNCONNECTED, CONNECTED] = [1, 3] as const;

export function procNetUnix(): string {
  let text = '';
  for (const socket of unixSockets) {
    const flags = (socket.listening ? SO_ACCEPTCON : 0).toString(16).padStart(8, '0');
    const state = (socket.connected ? CONNECTED : UNCONNECTED).toString().padStart(2, '0');
    const type = socket.type.toString(16).padStart(4, '0');
    let name = '';
    for (const byte of socket.address.subarray(2)) name += String.fromCharCode(byte);
    const abstract = name.charCodeAt(0) === 0;
    const path = name === '' ? '' : ` ${abstract ? `@${name.slice(1).replaceAll('\0', '@')}` : name.replace(/\0$/, '')}`;
    text += `0000000000000000: ${socket.refs.toString(16).padStart(8, '0')} 00000000 ${flags} ${type} ${state} ${String(socket.inode.ino).padStart(5)}${path}\n`;
  }
  return text;
}
