/** Reading ELF executables: pure parsing of untrusted bytes, for x86-64 Linux. */
import { EM_X86_64, ET_DYN, ET_EXEC, PT_GNU_STACK, PT_INTERP, PT_LOAD } from '#abi/elf.ts';
import { ENOEXEC } from '#abi/errno.ts';
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '#abi/mman.ts';

export const EHDR_SIZE = 64;
export const PHDR_SIZE = 56;
/** Linux reads at most 64 KiB of program headers. */
const MAX_PHDRS = Math.floor(65536 / PHDR_SIZE);

export interface ElfHeader {
  /** ET_DYN: placed anywhere. */
  readonly relocatable: boolean;
  readonly entry: number;
  readonly phOffset: number;
  readonly phCount: number;
}

export interface ElfSegment {
  readonly type: number;
  readonly prot: number;
  readonly offset: number;
  readonly vaddr: number;
  readonly fileSize: number;
  readonly memSize: number;
  readonly align: number;
}

export interface ElfImage {
  readonly header: ElfHeader;
  /** PT_LOAD, in ascending order of address. */
  readonly loads: readonly ElfSegment[];
  /** PT_INTERP: where the interpreter's path is in the file; null for static programs. */
  readonly interpreter: { readonly offset: number; readonly size: number } | null;
  readonly executableStack: boolean;
  /** Lowest page and end of all loads. */
  readonly low: number;
  readonly high: number;
  /** Greatest alignment that a load asks for. */
  readonly align: number;
}

function u64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 4294967296;
}

/** The file header; -ENOEXEC if it is not an x86-64 executable. */
export function parseElfHeader(bytes: Uint8Array): ElfHeader | number {
  if (bytes.length < EHDR_SIZE) return -ENOEXEC;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const MAGIC = 0x7f454c46;
  const CLASS64_LITTLE = 0x0201;
  if (view.getUint32(0) !== MAGIC || view.getUint16(4) !== CLASS64_LITTLE) return -ENOEXEC;
  const type = view.getUint16(16, true);
  if ((type !== ET_EXEC && type !== ET_DYN) || view.getUint16(18, true) !== EM_X86_64) return -ENOEXEC;
  const phCount = view.getUint16(56, true);
  if (view.getUint16(54, true) !== PHDR_SIZE || phCount === 0 || phCount > MAX_PHDRS) return -ENOEXEC;
  return { relocatable: type === ET_DYN, entry: u64(view, 24), phOffset: u64(view, 32), phCount };
}

/** The program headers (exactly `phCount` of them in `bytes`); -ENOEXEC for what cannot be loaded. */
export function parseElfImage(header: ElfHeader, bytes: Uint8Array, guestEnd: number): ElfImage | number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const loads: ElfSegment[] = [];
  let interpreter: ElfImage['interpreter'] = null;
  let executableStack = false;
  let align = 4096;
  for (let i = 0; i < header.phCount; i += 1) {
    const at = i * PHDR_SIZE;
    const type = view.getUint32(at, true);
    const flags = view.getUint32(at + 4, true);
    const segment: ElfSegment = {
      type,
      prot: (flags & 4 ? PROT_READ : 0) | (flags & 2 ? PROT_WRITE : 0) | (flags & 1 ? PROT_EXEC : 0),
      offset: u64(view, at + 8),
      vaddr: u64(view, at + 16),
      fileSize: u64(view, at + 32),
      memSize: u64(view, at + 40),
      align: u64(view, at + 48),
    };
    if (type === PT_LOAD) {
      if (segment.memSize === 0) continue;
      const previous = loads[loads.length - 1];
      const sane =
        segment.fileSize <= segment.memSize &&
        segment.vaddr + segment.memSize <= guestEnd &&
        segment.offset + segment.fileSize <= Number.MAX_SAFE_INTEGER &&
        segment.vaddr % 4096 === segment.offset % 4096 &&
        (previous === undefined || segment.vaddr >= previous.vaddr + previous.memSize);
      if (!sane) return -ENOEXEC;
      if (segment.align > align && Number.isInteger(Math.log2(segment.align)) && segment.align <= 1 << 30) align = segment.align;
      loads.push(segment);
    } else if (type === PT_INTERP && interpreter === null) {
      if (segment.fileSize < 2 || segment.fileSize > 4096) return -ENOEXEC;
      interpreter = { offset: segment.offset, size: segment.fileSize };
    } else if (type === PT_GNU_STACK) executableStack = (flags & 1) !== 0;
  }
  const first = loads[0];
  const last = loads[loads.length - 1];
  if (first === undefined || last === undefined) return -ENOEXEC;
  return {
    header,
    loads,
    interpreter,
    executableStack,
    low: Math.floor(first.vaddr / 4096) * 4096,
    high: last.vaddr + last.memSize,
    align,
  };
}
