/**
 * /proc/PID/net. The network's parts say what is in their files (`registerNetFile`); a file that nobody keeps shows its heading
 * alone, as on a machine where there is nothing to list.
 */
import type { Task } from '#kernel/task.ts';
import { file, ListedDirectory, type PseudoEntry } from '../pseudo/pseudo.ts';
import type { SuperBlock } from '../vfs/super-block.ts';

const SOCKETS = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const SOCKETS6 =
  '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

const headings: readonly (readonly [string, string])[] = [
  ['arp', 'IP address       HW type     Flags       HW address            Mask     Device\n'],
  [
    'dev',
    'Inter-|   Receive                                                |  Transmit\n' +
      ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n',
  ],
  ['if_inet6', ''],
  ['ipv6_route', ''],
  ['netlink', 'sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n'],
  ['packet', 'sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n'],
  ['protocols', 'protocol  size sockets  memory press maxhdr  slab module     cl co di ac io in de sh ss gs se re bi br ha uh gp em\n'],
  ['raw', `${SOCKETS} ref pointer drops\n`],
  ['raw6', `${SOCKETS6} ref pointer drops\n`],
  ['route', `${'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'.padEnd(127)}\n`],
  ['snmp', ''],
  [
    'sockstat',
    'sockets: used 0\nTCP: inuse 0 orphan 0 tw 0 alloc 0 mem 0\nUDP: inuse 0 mem 0\nUDPLITE: inuse 0\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n',
  ],
  ['tcp', `${SOCKETS.padEnd(149)}\n`],
  ['tcp6', `${SOCKETS6}\n`],
  ['udp', `${` ${SOCKETS} ref pointer drops`.padEnd(127)}\n`],
  ['udp6', `${SOCKETS6} ref pointer drops\n`],
  ['unix', 'Num       RefCount Protocol Flags    Type St Inode Path\n'],
];

export type NetRows = (task: Task) => string;
const rows = new Map<string, NetRows>();

/** What a file shows below its heading (for a name that is not in the list above: all of it). The latest call holds. */
export function registerNetFile(name: string, show: NetRows): void {
  rows.set(name, show);
}

function entries(): PseudoEntry[] {
  const heads = new Map(headings);
  const names = [...new Set([...heads.keys(), ...rows.keys()])].sort();
  return names.map((name) => file(name, (task) => (heads.get(name) ?? '') + (rows.get(name)?.(task) ?? '')));
}

export function networkDirectory(superBlock: SuperBlock): ListedDirectory {
  return new ListedDirectory(superBlock, entries());
}
