/** /sys/class/net: the network says which interfaces there are; each is a virtual device. */
import type { Task } from '#kernel/task.ts';
import { link, type PseudoEntry } from '../pseudo/pseudo.ts';
import { attribute, directory } from './attribute.ts';

/** One interface, in the words of /sys/class/net/NAME. */
export interface SysfsNetDevice {
  readonly name: string;
  readonly ifindex: number;
  /** ARPHRD_*: 1 Ethernet, 772 loopback. */
  readonly type: number;
  /** "02:42:ac:11:00:02". */
  readonly address: string;
  readonly broadcast: string;
  readonly mtu: number;
  /** IFF_* bits. */
  readonly flags: number;
  readonly operstate: 'up' | 'down' | 'unknown';
  readonly carrier: boolean;
  readonly txQueueLength: number;
  /** rx_bytes, tx_packets, ...; those that are missing read as 0. */
  readonly statistics: Readonly<Record<string, number>>;
}

export type NetDevices = (task: Task) => readonly SysfsNetDevice[];
let devices: NetDevices = () => [];

/** The network's part says what interfaces the task's network namespace has. */
export function registerNetDevices(list: NetDevices): void {
  devices = list;
}

const STATISTICS = [
  'collisions',
  'multicast',
  'rx_bytes',
  'rx_compressed',
  'rx_crc_errors',
  'rx_dropped',
  'rx_errors',
  'rx_fifo_errors',
  'rx_frame_errors',
  'rx_length_errors',
  'rx_missed_errors',
  'rx_nohandler',
  'rx_over_errors',
  'rx_packets',
  'tx_aborted_errors',
  'tx_bytes',
  'tx_carrier_errors',
  'tx_compressed',
  'tx_dropped',
  'tx_errors',
  'tx_fifo_errors',
  'tx_heartbeat_errors',
  'tx_packets',
  'tx_window_errors',
] as const;

function deviceEntries(task: Task, name: string): PseudoEntry[] {
  const show = (field: string, value: (device: SysfsNetDevice) => string | number) =>
    attribute(field, (reader) => {
      const device = devices(reader).find((other) => other.name === name);
      return device === undefined ? '\n' : `${value(device)}\n`;
    });
  const here = devices(task).some((device) => device.name === name);
  if (!here) return [];
  return [
    show('addr_len', () => 6),
    show('address', (device) => device.address),
    show('broadcast', (device) => device.broadcast),
    show('carrier', (device) => (device.carrier ? 1 : 0)),
    show('dev_id', () => '0x0'),
    show('dormant', () => 0),
    show('flags', (device) => `0x${device.flags.toString(16)}`),
    show('ifindex', (device) => device.ifindex),
    show('iflink', (device) => device.ifindex),
    show('link_mode', () => 0),
    show('mtu', (device) => device.mtu),
    show('operstate', (device) => device.operstate),
    directory(
      'statistics',
      STATISTICS.map((field) => show(field, (device) => device.statistics[field] ?? 0)),
    ),
    link('subsystem', () => '../../../../class/net'),
    show('tx_queue_len', (device) => device.txQueueLength),
    show('type', (device) => device.type),
    show('uevent', (device) => `INTERFACE=${device.name}\nIFINDEX=${device.ifindex}`),
  ];
}

/** devices/virtual/net. */
export const virtualNet = directory('net', (task) =>
  devices(task).map(({ name }) => directory(name, (viewer) => deviceEntries(viewer, name))),
);
/** class/net. */
export const classNet = directory('net', (task) => devices(task).map(({ name }) => link(name, () => `../../devices/virtual/net/${name}`)));
