/** The sysfs file system: hardware as the sandbox may see it, kernel settings, and the devices that this kernel has. */
import { SYSFS_MAGIC } from '#abi/magic.ts';
import type { Task } from '#kernel/task.ts';
import { memoryDevices } from '../dev/memory-devices.ts';
import { link, ListedDirectory, type PseudoEntry } from '../pseudo/pseudo.ts';
import type { Inode } from '../vfs/inode.ts';
import { type FsStatistics, SuperBlock } from '../vfs/super-block.ts';
import { attribute, tree } from './attribute.ts';
import { cpuDirectory, nodeDirectory } from './cpus.ts';
import { classNet, virtualNet } from './net-devices.ts';

/** Character devices by class: name, major, minor. */
const DEVICES: readonly (readonly [string, string, number, number])[] = [
  ...memoryDevices.map(({ name, minor }) => ['mem', name, 1, minor] as const),
  ['tty', 'tty', 5, 0],
  ['tty', 'console', 5, 1],
  ['tty', 'ptmx', 5, 2],
];

type Rows = (readonly [string, readonly PseudoEntry[]])[];

function deviceRows(): Rows {
  return DEVICES.flatMap(
    ([kind, name, major, minor]): Rows => [
      [
        `devices/virtual/${kind}/${name}`,
        [
          attribute('dev', `${major}:${minor}`),
          link('subsystem', () => `../../../../class/${kind}`),
          attribute('uevent', `MAJOR=${major}\nMINOR=${minor}\nDEVNAME=${name}${name === 'console' ? '' : '\nDEVMODE=0666'}`),
        ],
      ],
      [`class/${kind}`, [link(name, () => `../../devices/virtual/${kind}/${name}`)]],
      ['dev/char', [link(`${major}:${minor}`, () => `../../devices/virtual/${kind}/${name}`)]],
    ],
  );
}

/** Settings of huge pages that are the machine's: its kernel is who gives them to guests. */
function hugePage(name: string, which: 'thpEnabled' | 'thpDefrag'): PseudoEntry {
  return attribute(name, (task) => task.kernel.hostText(which) || 'always madvise [never]\n');
}

/** This kernel offers no hugetlb pages: there are none in the pool. */
const noHugePages = [
  'free_hugepages',
  'nr_hugepages',
  'nr_hugepages_mempolicy',
  'nr_overcommit_hugepages',
  'resv_hugepages',
  'surplus_hugepages',
].map((name) => attribute(name, 0));

function rootEntries(): PseudoEntry[] {
  return tree([
    ['block', []],
    ['bus/cpu', []],
    ['bus/node', []],
    ['class/block', []],
    ['class/misc', []],
    ['class', [classNet]],
    ['dev/block', []],
    ...deviceRows(),
    ['devices/system', [cpuDirectory, nodeDirectory]],
    ['devices/virtual', [virtualNet]],
    ['firmware', []],
    ['fs/cgroup', []],
    [
      'kernel',
      [
        attribute('address_bits', 64),
        attribute('cpu_byteorder', 'little'),
        attribute('fscaps', 1),
        attribute('profiling', 0),
        attribute('uevent_seqnum', 0),
      ],
    ],
    [
      'kernel/cgroup',
      [attribute('delegate', ''), attribute('features', 'nsdelegate\nmemory_localevents\nmemory_recursiveprot\npids_localevents')],
    ],
    ['kernel/mm/hugepages/hugepages-2048kB', noHugePages],
    [
      'kernel/mm/transparent_hugepage',
      [hugePage('enabled', 'thpEnabled'), hugePage('defrag', 'thpDefrag'), attribute('hpage_pmd_size', 2097152)],
    ],
    ['kernel/security', []],
    ['module', []],
    ['power', []],
  ]);
}

export class SysSuperBlock extends SuperBlock {
  readonly type = 'sysfs';
  readonly root: ListedDirectory;
  override readonly cacheNames = false;
  constructor() {
    super();
    // Made when something first looks: most sandboxes never do, and all wait for their start.
    let entries: PseudoEntry[] | null = null;
    this.root = new ListedDirectory(this, () => (entries ??= rootEntries()), 0o555, 1);
  }
  override statfs(): FsStatistics {
    return { type: SYSFS_MAGIC, blockSize: 4096, blocks: 0, blocksFree: 0, blocksAvailable: 0, files: 0, filesFree: 0, nameMax: 255 };
  }
  override revalidate(_parent: Inode, _name: string, _inode: Inode | null): boolean {
    return false;
  }
}

let instance: SysSuperBlock | null = null;

/** All mounts of sysfs show the same tree. */
export function mountSysfs(_task: Task): SysSuperBlock {
  instance ??= new SysSuperBlock();
  return instance;
}
