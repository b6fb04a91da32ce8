/**
 * /sys/devices/system/cpu and node. CPUs, their topology and caches are the machine's: read from the host's own files as they are
 * asked for. What a sandbox cannot use (frequency, idle states, hot plug) is left out. Memory is shown as one node.
 */
import { ENOENT } from '#abi/errno.ts';
import { DT_DIR, DT_REG } from '#abi/fcntl.ts';
import type { Task } from '#kernel/task.ts';
import { cpuList, cpuMask } from '../proc/cpu-set.ts';
import { link, type PseudoEntry } from '../pseudo/pseudo.ts';
import { attribute, directory, tree } from './attribute.ts';

const HIDDEN = new Set([
  'cpufreq',
  'cpuidle',
  'hotplug',
  'power',
  'subsystem',
  'uevent',
  'node0',
  'microcode',
  'thermal_throttle',
  'crash_hotplug',
  'crash_notes',
  'crash_notes_size',
  'acpi_cppc',
  'msr',
]);

/** What is in a directory of the host's. */
function hostEntries(task: Task, path: string): PseudoEntry[] {
  const found = task.kernel.hostInfo.cpuNames(path).filter(([name, type]) => !HIDDEN.has(name) && (type === DT_DIR || type === DT_REG));
  found.sort(([a], [b]) => (a < b ? -1 : 1));
  return found.map(([name, type]) => {
    const below = path === '.' ? name : `${path}/${name}`;
    if (type === DT_REG) return attribute(name, (reader) => reader.kernel.hostInfo.cpuText(below) ?? -ENOENT);
    return directory(name, (viewer) => [
      ...hostEntries(viewer, below),
      ...(/^cpu\d+$/.test(below) ? [link('node0', () => '../../node/node0')] : []),
    ]);
  });
}

function everyCpu(task: Task): number[] {
  return Array.from({ length: task.kernel.cpuCount }, (_, i) => i);
}

/** For a host that shows nothing of its CPUs: as many as it has, each its own core of one package. */
function plainEntries(task: Task): PseudoEntry[] {
  const { cpuCount } = task.kernel;
  const all = cpuList(everyCpu(task));
  const rows = everyCpu(task).map((cpu): readonly [string, readonly PseudoEntry[]] => [
    `cpu${cpu}/topology`,
    [
      attribute('core_id', cpu),
      attribute('physical_package_id', 0),
      attribute('die_id', 0),
      attribute('core_cpus', cpuMask([cpu], cpuCount)),
      attribute('core_cpus_list', cpu),
      attribute('thread_siblings', cpuMask([cpu], cpuCount)),
      attribute('thread_siblings_list', cpu),
      attribute('core_siblings', cpuMask(everyCpu(task), cpuCount)),
      attribute('core_siblings_list', all),
      attribute('package_cpus', cpuMask(everyCpu(task), cpuCount)),
      attribute('package_cpus_list', all),
    ],
  ]);
  const lists = [
    attribute('kernel_max', 8191),
    attribute('isolated', ''),
    attribute('offline', ''),
    attribute('online', all),
    attribute('possible', all),
    attribute('present', all),
  ];
  return tree([...rows, ['', lists]]);
}

export const cpuDirectory = directory('cpu', (task) => {
  const entries = hostEntries(task, '.');
  return entries.length > 0 ? entries : plainEntries(task);
});

/** Lines of the machine's meminfo that a node has too. */
const NODE_MEMORY = new Set([
  'MemTotal',
  'MemFree',
  'SwapCached',
  'Active',
  'Inactive',
  'Active(anon)',
  'Inactive(anon)',
  'Active(file)',
  'Inactive(file)',
  'Unevictable',
  'Mlocked',
  'Dirty',
  'Writeback',
  'Mapped',
  'AnonPages',
  'Shmem',
  'KernelStack',
  'PageTables',
  'SecPageTables',
  'NFS_Unstable',
  'Bounce',
  'WritebackTmp',
  'KReclaimable',
  'Slab',
  'SReclaimable',
  'SUnreclaim',
  'AnonHugePages',
  'ShmemHugePages',
  'ShmemPmdMapped',
  'FileHugePages',
  'FilePmdMapped',
  'HugePages_Total',
  'HugePages_Free',
  'HugePages_Surp',
]);

function nodeMemory(task: Task): string {
  const { total, free, text } = task.kernel.memory();
  let result = '';
  for (const line of text.split('\n')) {
    const name = line.slice(0, line.indexOf(':'));
    if (!NODE_MEMORY.has(name)) continue;
    result += name.startsWith('HugePages')
      ? `Node 0 ${`${name}:`.padEnd(16)}${line.slice(line.lastIndexOf(' ') + 1).padStart(6)}\n`
      : `Node 0 ${line}\n`;
    if (name === 'MemFree') result += `Node 0 ${'MemUsed:'.padEnd(15)}${String((total - free) / 1024).padStart(8)} kB\n`;
  }
  return result;
}

const node0 = directory('node0', (task) => [
  attribute('cpulist', () => `${cpuList(everyCpu(task))}\n`),
  attribute('cpumap', () => `${cpuMask(everyCpu(task), task.kernel.cpuCount)}\n`),
  attribute('distance', 10),
  attribute('meminfo', nodeMemory),
  ...everyCpu(task).map((cpu) => link(`cpu${cpu}`, () => `../../cpu/cpu${cpu}`)),
]);

export const nodeDirectory = directory('node', [
  ...['has_cpu', 'has_memory', 'has_normal_memory', 'online', 'possible'].map((name) => attribute(name, 0)),
  node0,
]);
