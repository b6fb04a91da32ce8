/** /proc/PID/net: what is there before there is a network: loopback's absence, and UNIX sockets. */
import { unixSocketLines } from '#net/socket/unix/table.ts';
import type { Task } from '#kernel/task.ts';
import { file, type PseudoEntry } from '../pseudo/pseudo.ts';

const TCP_HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

export function networkDirectory(_viewer: Task): PseudoEntry[] {
  return [
    file('arp', () => 'IP address       HW type     Flags       HW address            Mask     Device\n'),
    file(
      'dev',
      () =>
        'Inter-|   Receive                                                |  Transmit\n' +
        ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n',
    ),
    file('if_inet6', () => ''),
    file('netlink', () => 'sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n'),
    file('packet', () => 'sk       RefCnt Type Proto  Iface R Rmem   User   Inode\n'),
    file('protocols', () => 'protocol  size sockets  memory press maxhdr  slab module     cl co di ac io in de sh ss gs se re sp bi br ha uh gp em\n'),
    file('route', () => 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                                                       \n'),
    file('sockstat', () => 'sockets: used 0\nTCP: inuse 0 orphan 0 tw 0 alloc 0 mem 0\nUDP: inuse 0 mem 0\nUDPLITE: inuse 0\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n'),
    file('tcp', () => `${TCP_HEAD.padEnd(149)}\n`),
    file('tcp6', () => `${TCP_HEAD}\n`),
    file('udp', () => `${`${TCP_HEAD} ref pointer drops`.padEnd(127)}\n`),
    file('udp6', () => `${TCP_HEAD} ref pointer drops\n`),
    file('unix', (task) => `Num       RefCount Protocol Flags    Type St Inode Path\n${unixSocketLines(task)}`),
  ];
}
