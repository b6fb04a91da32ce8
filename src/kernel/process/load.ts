/** Loads a program into an empty address space: ELF segments, interpreter, heap, stack, vDSO, auxiliary vector. */
import {
  AT_BASE,
  AT_CLKTCK,
  AT_EGID,
  AT_ENTRY,
  AT_EUID,
  AT_FLAGS,
  AT_GID,
  AT_HWCAP,
  AT_HWCAP2,
  AT_MINSIGSTKSZ,
  AT_PAGESZ,
  AT_PHDR,
  AT_PHENT,
  AT_PHNUM,
  AT_SECURE,
  AT_SYSINFO_EHDR,
  AT_UID,
} from '#abi/auxv.ts';
import { EACCES, EINVAL, EIO, ELIBBAD, ENOEXEC, ENOMEM } from '#abi/errno.ts';
import { MAP_ANONYMOUS, MAP_FIXED, MAP_POPULATE, MAP_PRIVATE, PROT_EXEC, PROT_READ, PROT_WRITE } from '#abi/mman.ts';
import { RLIM_INFINITY, RLIMIT_STACK } from '#abi/resource.ts';
import { syscalls } from '#abi/syscalls.ts';
import type { OpenFile } from '#fs/vfs/open-file.ts';
import { EHDR_SIZE, type ElfImage, parseElfHeader, parseElfImage, PHDR_SIZE } from '#mm/elf.ts';
import { type MapRequest, MemoryMap, PAGE, pageDown, pageUp } from '#mm/memory-map.ts';
import { VM_SPECIAL, Vma } from '#mm/vma.ts';
import type { GuestThread } from '#platform/platform.ts';
import type { Creds } from '../creds.ts';
import { KernelIo } from '../io.ts';
import type { Task } from '../task.ts';
import { buildInitialStack } from './initial-stack.ts';

const ADDR_NO_RANDOMIZE = 0x0040000;
const PIE_BASE = 0x555555554000;
const MAX_STACK = 1 << 30;
const DEFAULT_STACK = 8 << 20;
const STACK_GUARD = 1 << 20;
const CLOCK_TICKS = 100;

/** A checked program, ready to be mapped: nothing of the old one has been touched yet. */
export interface Program {
  readonly file: OpenFile;
  readonly image: ElfImage;
  readonly interpreter: { readonly file: OpenFile; readonly image: ElfImage } | null;
}

/** Reads exactly `length` bytes of a file; null if it is shorter or unreadable. */
export function readExactly(task: Task, file: OpenFile, offset: number, length: number): Uint8Array | null {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const n = file.read(task, new KernelIo(bytes, done), offset + done);
    if (n <= 0) return null;
    done += n;
  }
  return bytes;
}

/** Parses the ELF file `file`, whose first bytes are `head`. */
export function readImage(task: Task, file: OpenFile, head: Uint8Array): ElfImage | number {
  const header = parseElfHeader(head.subarray(0, EHDR_SIZE));
  if (typeof header === 'number') return header;
  const length = header.phCount * PHDR_SIZE;
  const inHead = header.phOffset + length <= head.length;
  const table = inHead ? head.subarray(header.phOffset, header.phOffset + length) : readExactly(task, file, header.phOffset, length);
  if (table === null) return -ENOEXEC;
  return parseElfImage(header, table, task.kernel.platform.guestEnd);
}

/** The interpreter's path that the image names; -ENOEXEC if it is not a string. */
export function interpreterPath(task: Task, file: OpenFile, image: ElfImage): string | number | null {
  if (image.interpreter === null) return null;
  const bytes = readExactly(task, file, image.interpreter.offset, image.interpreter.size);
  if (bytes === null) return -EIO;
  const end = bytes.indexOf(0);
  return end <= 0 ? -ENOEXEC : Buffer.from(bytes.buffer, 0, end).toString('latin1');
}

const entropy = new Uint32Array(8);
const entropyBytes = new Uint8Array(entropy.buffer);

/** Fresh random words in `entropy`, from the host's getrandom(2): four for addresses, the rest for AT_RANDOM. */
function drawEntropy(task: Task): void {
  if (task.kernel.platform.host.call(syscalls.getrandom.number, entropyBytes, entropyBytes.length, 0) !== entropyBytes.length)
    throw new Error('the host gave no random bytes');
}

/** A random whole number of pages below 2^bits, of entropy word `word`; 0 if `off`. */
function randomPages(word: number, bits: number, off: boolean): number {
  return off ? 0 : ((entropy[word] as number) >>> (32 - bits)) * PAGE;
}

export interface LoadArguments {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly fileName: string;
  readonly creds: Creds;
  readonly secure: boolean;
}

/**
 * Maps the program into the empty space of `thread` and sets the thread's registers. Returns the new map, or -errno, after
 * which the space is unusable.
 */
export function loadProgram(task: Task, thread: GuestThread, program: Program, start: LoadArguments): MemoryMap | number {
  const { platform } = task.kernel;
  const { space } = thread;
  const fixed = (task.personality & ADDR_NO_RANDOMIZE) !== 0;

  drawEntropy(task);
  const limit = task.limit(RLIMIT_STACK);
  const stackSize = pageDown(limit >= RLIM_INFINITY ? DEFAULT_STACK : Math.min(Math.max(limit, 32 * PAGE), MAX_STACK));
  const stackTop = platform.guestEnd - PAGE - randomPages(0, 20, fixed);
  const stackStart = stackTop - stackSize;
  const mmapTop = stackStart - STACK_GUARD - randomPages(1, 16, fixed);
  const mm = new MemoryMap(space, mmapTop);

  const base = program.image.header.relocatable ? align(PIE_BASE + randomPages(2, 20, fixed), program.image.align) - program.image.low : 0;
  const mapped = mapImage(task, mm, program.file, program.image, base);
  if (mapped < 0) return mapped;
  let entry = base + program.image.header.entry;
  let interpreterBase = 0;
  if (program.interpreter !== null) {
    const { image, file } = program.interpreter;
    if (image.header.relocatable) {
      const at = mm.place(0, pageUp(image.high - image.low), 0);
      if (at < 0) return at;
      interpreterBase = at - image.low;
    }
    const result = mapImage(task, mm, file, image, interpreterBase);
    if (result < 0) return result;
    entry = interpreterBase + image.header.entry;
  }

  // Without a library there, the first area would be alone on its page table, made and freed with it: 100 us on some hosts.
  if (program.interpreter === null) space.mapAnonymous(mmapTop, PAGE, PROT_READ, MAP_POPULATE);
  const stackProt = PROT_READ | PROT_WRITE | (program.image.executableStack ? PROT_EXEC : 0);
  space.mapAnonymous(stackStart, stackSize, stackProt, 0);
  mm.areas.insert(new Vma(stackStart, stackTop, stackProt, 0, null, 0, null, '[stack]'));
  const flushed = space.flush();
  if (flushed < 0) return flushed;
  if (!zeroTails(mm, program.image, base)) return -EINVAL;
  if (program.interpreter !== null && !zeroTails(mm, program.interpreter.image, interpreterBase)) return -ELIBBAD;

  mm.stackTop = stackTop;
  mm.brkStart = mm.brk = pageUp(base + program.image.high) + randomPages(3, 13, fixed);
  setCodeRange(mm, program.image, base);
  const vdso = platform.vdso;
  if (vdso.vdsoStart !== 0) {
    if (vdso.vvarStart !== 0) mm.areas.insert(new Vma(vdso.vvarStart, vdso.vvarEnd, PROT_READ, VM_SPECIAL, null, 0, null, '[vvar]'));
    mm.areas.insert(new Vma(vdso.vdsoStart, vdso.vdsoEnd, PROT_READ | PROT_EXEC, VM_SPECIAL, null, 0, null, '[vdso]'));
  }

  const random = entropyBytes.slice(16);
  const stack = buildInitialStack(
    stackTop,
    start.args,
    start.env,
    start.fileName,
    auxiliary(task, program.image, base, interpreterBase, start),
    random,
  );
  if (stack.bytes.length > stackSize) return -ENOMEM;
  if (space.write(stack.pointer, stack.bytes, 0, stack.bytes.length) !== stack.bytes.length) return -ENOMEM;
  mm.argStart = stack.argStart;
  mm.argEnd = stack.argEnd;
  mm.envStart = stack.envStart;
  mm.envEnd = stack.envEnd;
  mm.auxv = stack.auxv;
  setEntry(thread, entry, stack.pointer);
  return mm;
}

function setEntry(thread: GuestThread, entry: number, stack: number): void {
  const RIP = 16;
  const RSP = 15;
  const EFLAGS = 17;
  const INTERRUPTS_ENABLED = 0x202;
  thread.regs.set(RIP, entry);
  thread.regs.set(RSP, stack);
  thread.regs.set(EFLAGS, INTERRUPTS_ENABLED);
}

function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

function auxiliary(task: Task, image: ElfImage, base: number, interpreterBase: number, start: LoadArguments): [number, number][] {
  const { platform } = task.kernel;
  const { creds } = start;
  const { header } = image;
  const holder = image.loads.find((load) => header.phOffset >= load.offset && header.phOffset < load.offset + load.fileSize);
  const phdr = holder === undefined ? 0 : base + holder.vaddr + (header.phOffset - holder.offset);
  const aux: [number, number][] = [];
  // The vDSO's clocks are the host's: without it libraries ask the kernel.
  if (platform.vdso.vdsoStart !== 0 && task.kernel.timeOffsets === null) aux.push([AT_SYSINFO_EHDR, platform.vdso.vdsoStart]);
  if (platform.minSigStackSize > 0) aux.push([AT_MINSIGSTKSZ, platform.minSigStackSize]);
  aux.push(
    [AT_HWCAP, platform.hwcap],
    [AT_PAGESZ, PAGE],
    [AT_CLKTCK, CLOCK_TICKS],
    [AT_PHDR, phdr],
    [AT_PHENT, PHDR_SIZE],
    [AT_PHNUM, header.phCount],
    [AT_BASE, interpreterBase],
    [AT_FLAGS, 0],
    [AT_ENTRY, base + header.entry],
    [AT_UID, creds.uid],
    [AT_EUID, creds.euid],
    [AT_GID, creds.gid],
    [AT_EGID, creds.egid],
    [AT_SECURE, start.secure ? 1 : 0],
    [AT_HWCAP2, platform.hwcap2],
  );
  return aux;
}

/** Queues the mappings of all segments; 0 or -errno. */
function mapImage(task: Task, mm: MemoryMap, file: OpenFile, image: ElfImage, base: number): number {
  for (const load of image.loads) {
    const start = pageDown(base + load.vaddr);
    const fileEnd = load.fileSize === 0 ? start : pageUp(base + load.vaddr + load.fileSize);
    const end = pageUp(base + load.vaddr + load.memSize);
    if (fileEnd > start) {
      const offset = load.offset - (load.vaddr % PAGE);
      const mapping = file.map(task, offset, fileEnd - start, load.prot, false);
      if (typeof mapping === 'number') return mapping === -ENOMEM ? mapping : -EACCES;
      const request: MapRequest = {
        prot: load.prot,
        flags: MAP_PRIVATE | MAP_FIXED,
        file,
        shared: null,
        offset,
        hostFd: mapping.hostFd,
        hostOffset: mapping.hostOffset,
        name: '',
      };
      mm.enter(start, fileEnd - start, request);
      mm.queueMap(start, fileEnd - start, request);
    }
    if (end > fileEnd) {
      const request: MapRequest = {
        prot: load.prot,
        flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
        file: null,
        shared: null,
        offset: 0,
        hostFd: -1,
        hostOffset: 0,
        name: '',
      };
      mm.enter(fileEnd, end - fileEnd, request);
      mm.queueMap(fileEnd, end - fileEnd, request);
    }
  }
  return 0;
}

const zeroPage = new Uint8Array(PAGE);

/** Clears the rest of each data segment's last file page, where .bss begins. */
function zeroTails(mm: MemoryMap, image: ElfImage, base: number): boolean {
  for (const load of image.loads) {
    if (load.memSize <= load.fileSize || (load.prot & PROT_WRITE) === 0) continue;
    const from = base + load.vaddr + load.fileSize;
    const length = pageUp(from) - from;
    if (length > 0 && mm.space.write(from, zeroPage, 0, length) !== length) return false;
  }
  return true;
}

function setCodeRange(mm: MemoryMap, image: ElfImage, base: number): void {
  const code = image.loads.filter((load) => (load.prot & PROT_EXEC) !== 0);
  const data = image.loads.filter((load) => (load.prot & PROT_WRITE) !== 0);
  const [firstCode, lastCode] = [code[0], code[code.length - 1]];
  const [firstData, lastData] = [data[0], data[data.length - 1]];
  if (firstCode && lastCode) {
    mm.codeStart = base + firstCode.vaddr;
    mm.codeEnd = base + lastCode.vaddr + lastCode.fileSize;
  }
  if (firstData && lastData) {
    mm.dataStart = base + firstData.vaddr;
    mm.dataEnd = base + lastData.vaddr + lastData.fileSize;
  }
}
