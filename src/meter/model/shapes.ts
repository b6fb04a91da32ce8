/**
 * Shapes of work: what `meter calibrate` times (native/meter/shapes.c has the same names) and what counted calls come
 * down to. A class of calls spans tenfold costs; a shape much less. Sampling tells shapes apart by a call's arguments
 * (slotRules), by its result, and by the kernel's records of programs, processes and threads.
 */
import { syscalls, type CostClass } from '#abi/syscalls.ts';

export interface ShapeInfo {
  readonly cost: CostClass | 'faults' | 'switches';
  /** Kernel entries of one turn of the benchmark. 0: the entries count as part of the shape. */
  readonly entries: number;
  /** Other shapes that one turn of the benchmark also does: their cost is not this one's. */
  readonly uses?: Readonly<Record<string, number>>;
  /** Units of one turn that are counted (faults, switches). */
  readonly units?: number;
}

export const shapes = {
  trivial: { cost: 'trivial', entries: 1 },
  'file-descriptor': { cost: 'file-metadata', entries: 1 },
  'file-metadata': { cost: 'file-metadata', entries: 1 },
  'file-metadata-new': { cost: 'file-metadata', entries: 1, uses: { 'file-metadata': 1 } },
  'file-missing': { cost: 'file-metadata', entries: 1 },
  'null-data': { cost: 'file-data', entries: 2 },
  'file-data': { cost: 'file-data', entries: 1 },
  'file-data-64k': { cost: 'file-data', entries: 1 },
  'file-write': { cost: 'file-data', entries: 1 },
  'file-write-64k': { cost: 'file-data', entries: 1 },
  'open-close': { cost: 'open-close', entries: 2 },
  'open-new': { cost: 'open-close', entries: 3, uses: { 'open-close': 1, 'file-data': 1 } },
  directory: { cost: 'file-metadata', entries: 4, uses: { 'open-close': 1 } },
  create: { cost: 'open-close', entries: 4, uses: { 'open-close': 1, 'file-write': 1 } },
  pipe: { cost: 'pipe-socket', entries: 2 },
  socket: { cost: 'pipe-socket', entries: 2 },
  memory: { cost: 'memory', entries: 2 },
  'memory-file': { cost: 'memory', entries: 2 },
  'memory-protect': { cost: 'memory', entries: 1 },
  'memory-break': { cost: 'memory', entries: 1 },
  fork: { cost: 'fork', entries: 0 },
  exec: { cost: 'exec', entries: 0 },
  thread: { cost: 'fork', entries: 0 },
  futex: { cost: 'futex', entries: 1 },
  wait: { cost: 'wait', entries: 1 },
  signal: { cost: 'signal', entries: 1 },
  time: { cost: 'time', entries: 1 },
  other: { cost: 'other', entries: 1 },
  'page-fault': { cost: 'faults', entries: 0, units: 2048 },
  'file-fault': { cost: 'faults', entries: 0, units: 256 },
  sparse: { cost: 'other', entries: 1 },
  'sparse-data': { cost: 'file-data', entries: 1 },
  crowded: { cost: 'other', entries: 1 },
  'context-switch': { cost: 'switches', entries: 4, uses: { pipe: 2 }, units: 2 },
  'wake-up': { cost: 'switches', entries: 4, uses: { pipe: 2 }, units: 2 },
} as const satisfies Readonly<Record<string, ShapeInfo>>;
export type Shape = keyof typeof shapes;
export const shapeNames = Object.keys(shapes) as Shape[];

export function shapeInfo(shape: Shape): ShapeInfo {
  return shapes[shape];
}

/**
 * Without a call for so long the sandbox's kernel goes to sleep, and the next call has to wake it: it spins for some 40 us,
 * then yields for a while.
 */
export const pauseNs = { from: 40_000, to: 120_000 } as const;

/** Slots past the call numbers, for calls that an argument tells apart. */
export const slots = { mapAnonymous: 512, openCreate: 513, statDescriptor: 514, cloneVfork: 515, cloneThread: 516 } as const;

const [AT_EMPTY_PATH, MAP_ANONYMOUS, O_CREAT, CLONE_VFORK, CLONE_THREAD] = [0x1000, 0x20, 0o100, 0x4000, 0x10000] as const;

/** number, argument, mask, value, slot: as the addon takes them. */
export const slotRules: readonly (readonly [number, number, number, number, number])[] = [
  [syscalls.mmap.number, 3, MAP_ANONYMOUS, MAP_ANONYMOUS, slots.mapAnonymous],
  [syscalls.openat.number, 2, O_CREAT, O_CREAT, slots.openCreate],
  [syscalls.open.number, 1, O_CREAT, O_CREAT, slots.openCreate],
  [syscalls.newfstatat.number, 3, AT_EMPTY_PATH, AT_EMPTY_PATH, slots.statDescriptor],
  [syscalls.statx.number, 2, AT_EMPTY_PATH, AT_EMPTY_PATH, slots.statDescriptor],
  [syscalls.clone.number, 0, CLONE_VFORK, CLONE_VFORK, slots.cloneVfork],
  [syscalls.clone.number, 0, CLONE_THREAD, CLONE_THREAD, slots.cloneThread],
];

/** The call that a slot is a part of. */
export function callOfSlot(slot: number): number {
  if (slot < slots.mapAnonymous) return slot;
  return slotRules.find((rule) => rule[4] === slot)?.[0] ?? slot;
}

/** What the sampler saw, by slot, and what the kernel's records told exactly. */
export interface CallCounts {
  readonly bySlot: ReadonlyMap<number, number>;
  /** By number: share of the calls that failed, and mean of what the others answered (bytes, of reads and writes). */
  readonly failedShare: ReadonlyMap<number, number>;
  readonly meanResult: ReadonlyMap<number, number>;
  /** Share of the calls that came after a pause (pauseNs); null where not every call was sampled. */
  readonly pausedShare: number | null;
  readonly programs: number;
  readonly processes: number;
  readonly threads: number;
}

/** Turns of each shape, per call made, and the mean bytes of one where it moves data. */
export interface ShapeMix {
  readonly turns: Readonly<Partial<Record<Shape, number>>>;
  readonly bytes: Readonly<Partial<Record<Shape, number>>>;
  /** Of the calls, those that are not part of a fork, an exec or a thread (whose cost has them already). */
  readonly entries: number;
  /** Of the calls, those after a pause; null where it has to be guessed from the rate. */
  readonly paused: number | null;
}

const half = 0.5;
const byName = new Map<string, readonly (readonly [Shape, number])[]>();
const say = (names: string, ...parts: readonly (readonly [Shape, number])[]): void => {
  for (const name of names.split(' ')) byName.set(name, parts);
};
say('fstat lseek fcntl ioctl flock ftruncate fchmod fchown fstatfs fadvise64 fallocate fgetxattr fsync fdatasync', ['file-descriptor', 1]);
say('dup dup2 dup3', ['file-descriptor', 1]);
say('getdents getdents64', ['directory', half]);
say('open openat openat2 close', ['open-close', half]);
say('creat unlink unlinkat rename renameat renameat2 mkdir mkdirat rmdir link linkat symlink symlinkat truncate', ['create', half]);
say('read pread64 readv preadv preadv2 sendfile splice copy_file_range', ['file-data', 1]);
say('pwrite64 pwritev pwritev2', ['file-write', 1]);
// Where a write goes is not seen: half a file, half a pipe or what swallows all.
say('write writev', ['file-write', half], ['pipe', half * half]);
say('pipe pipe2', ['open-close', 1]);
say('mmap', ['memory-file', half]);
say('munmap mremap', ['memory', half]);
say('mprotect madvise msync mincore', ['memory-protect', 1]);
say('brk', ['memory-break', 1]);
const bySlotName = new Map<number, readonly (readonly [Shape, number])[]>([
  [slots.mapAnonymous, [['memory', half]]],
  [slots.openCreate, [['create', half]]],
  [slots.statDescriptor, [['file-descriptor', 1]]],
]);
const byClass: Readonly<Record<CostClass, readonly (readonly [Shape, number])[]>> = {
  trivial: [],
  'file-metadata': [['file-metadata', 1]],
  'file-data': [['file-data', 1]],
  'open-close': [['open-close', half]],
  'pipe-socket': [['socket', half]],
  memory: [['memory', half]],
  // Counted by the kernel's records.
  fork: [],
  exec: [],
  futex: [['futex', 1]],
  wait: [['wait', 1]],
  signal: [['signal', 1]],
  time: [['time', 1]],
  other: [['other', 1]],
};
/** Calls that take a path, so that a failure is a name that is not there. */
const takesPath = /^(open|openat|stat|lstat|newfstatat|statx|access|faccessat|faccessat2|readlink|readlinkat|execve)$/;
/** The loader's and the C library's own start, of a program that needs no other library; part of the shape exec. */
const startCalls: Readonly<Record<string, number>> = {
  execve: 1,
  brk: 1,
  access: 1,
  openat: 2,
  close: 2,
  read: 1,
  mprotect: 3,
  arch_prctl: 1,
  set_tid_address: 1,
  set_robust_list: 1,
  rseq: 1,
  prlimit64: 1,
  munmap: 1,
  exit_group: 1,
  vfork: 1,
  wait4: 1,
  pread64: 2,
  mmap: 5,
};
const startSlots: Readonly<Record<number, number>> = { [slots.mapAnonymous]: 3, [slots.statDescriptor]: 2 };
/** Calls that a fork with its exit and wait makes, and a thread with its end. */
const [forkCalls, threadCalls] = [3, 6] as const;

const rows = new Map(Object.entries(syscalls).map(([name, row]) => [row.number, { name, cost: row.cost }]));

export function shapeMix(counts: CallCounts): ShapeMix | null {
  const turns: Partial<Record<Shape, number>> = {};
  const bytes: Partial<Record<Shape, { calls: number; sum: number }>> = {};
  let calls = 0;
  let entries = 0;
  const add = (shape: Shape, count: number): void => {
    turns[shape] = (turns[shape] ?? 0) + count;
  };
  for (const [slot, counted] of counts.bySlot) {
    calls += counted;
    const row = rows.get(callOfSlot(slot));
    const part = slot >= slots.mapAnonymous ? startSlots[slot] : row && startCalls[row.name];
    const rest = Math.max(0, counted - (part ?? 0) * counts.programs);
    if (!row || row.cost === 'fork' || row.cost === 'exec') continue;
    entries += rest;
    const failed = takesPath.test(row.name) && slot < slots.mapAnonymous ? rest * (counts.failedShare.get(slot) ?? 0) : 0;
    if (failed > 0) add('file-missing', failed);
    for (const [shape, share] of bySlotName.get(slot) ?? byName.get(row.name) ?? byClass[row.cost]) {
      add(shape, (rest - failed) * share);
      if (shape !== 'file-data' && shape !== 'file-write') continue;
      const of = (bytes[shape] ??= { calls: 0, sum: 0 });
      of.calls += rest * share;
      of.sum += rest * share * (counts.meanResult.get(slot) ?? 4096);
    }
  }
  if (calls === 0) return null;
  const vforks = (counts.bySlot.get(syscalls.vfork.number) ?? 0) + (counts.bySlot.get(slots.cloneVfork) ?? 0);
  if (counts.programs > 0) turns.exec = counts.programs;
  turns.fork = Math.max(0, counts.processes - vforks);
  turns.thread = counts.threads;
  entries = Math.max(0, entries - turns.fork * forkCalls - turns.thread * threadCalls);
  return {
    turns: Object.fromEntries(
      Object.entries(turns)
        .filter(([, n]) => n > 0)
        .map(([shape, n]) => [shape, n / calls]),
    ),
    bytes: Object.fromEntries(Object.entries(bytes).flatMap(([shape, { calls: n, sum }]) => (n > 0 ? [[shape, sum / n]] : []))),
    entries: entries / calls,
    paused: counts.pausedShare,
  };
}

/** Where only classes are known: each class as its usual shape. */
export function shapesOfClasses(mix: Readonly<Partial<Record<CostClass, number>>>): ShapeMix {
  const turns: Partial<Record<Shape, number>> = {};
  for (const [cost, share] of Object.entries(mix) as [CostClass, number][]) {
    const parts = cost === 'fork' || cost === 'exec' ? ([[cost, 1]] as const) : byClass[cost];
    for (const [shape, times] of parts) turns[shape] = (turns[shape] ?? 0) + share * times;
  }
  return { turns, bytes: {}, entries: 1, paused: null };
}
