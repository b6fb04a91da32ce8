/** A stopped tracee's registers as ptrace(2) shows them: struct user_regs_struct, and the vector state. */
import { UserRegs } from '#abi/layouts.gen.ts';
import { Reg } from '#platform/platform.ts';
import type { Task } from '../task.ts';

/** Offset in struct user_regs_struct, and the register. */
const GENERAL: readonly (readonly [number, number])[] = [
  [UserRegs.OFF_r15, Reg.R15],
  [UserRegs.OFF_r14, Reg.R14],
  [UserRegs.OFF_r13, Reg.R13],
  [UserRegs.OFF_r12, Reg.R12],
  [UserRegs.OFF_rbp, Reg.RBP],
  [UserRegs.OFF_rbx, Reg.RBX],
  [UserRegs.OFF_r11, Reg.R11],
  [UserRegs.OFF_r10, Reg.R10],
  [UserRegs.OFF_r9, Reg.R9],
  [UserRegs.OFF_r8, Reg.R8],
  [UserRegs.OFF_rax, Reg.RAX],
  [UserRegs.OFF_rcx, Reg.RCX],
  [UserRegs.OFF_rdx, Reg.RDX],
  [UserRegs.OFF_rsi, Reg.RSI],
  [UserRegs.OFF_rdi, Reg.RDI],
  [UserRegs.OFF_rip, Reg.RIP],
  [UserRegs.OFF_eflags, Reg.EFLAGS],
  [UserRegs.OFF_rsp, Reg.RSP],
];
const USER_CS = 0x33;
const USER_SS = 0x2b;
/** Flags a tracer may set: AC OF DF TF SF ZF AF PF CF RF. */
const EFLAGS_USER = 0x40000 | 0x800 | 0x400 | 0x100 | 0x80 | 0x40 | 0x10 | 4 | 1 | 0x10000;
const LEGACY_FP = 512;

export function storeRegisters(task: Task, view: DataView): void {
  const { regs } = task.thread;
  for (let at = 0; at < UserRegs.SIZE; at += 4) view.setUint32(at, 0, true);
  for (const [at, reg] of GENERAL) {
    view.setUint32(at, regs.lo(reg), true);
    view.setUint32(at + 4, regs.hi(reg), true);
  }
  const original = task.ptrace?.originalCall ?? -1;
  view.setInt32(UserRegs.OFF_orig_rax, original, true);
  view.setInt32(UserRegs.OFF_orig_rax + 4, original < 0 ? -1 : 0, true);
  view.setUint32(UserRegs.OFF_cs, USER_CS, true);
  view.setUint32(UserRegs.OFF_ss, USER_SS, true);
  const fsBase = regs.getFsBase();
  view.setUint32(UserRegs.OFF_fs_base, fsBase >>> 0, true);
  view.setUint32(UserRegs.OFF_fs_base + 4, Math.floor(fsBase / 4294967296), true);
}

/** Segment registers and the GS base stay as they are. */
export function loadRegisters(task: Task, view: DataView): void {
  const { regs } = task.thread;
  for (const [at, reg] of GENERAL) {
    if (reg === Reg.EFLAGS) {
      const flags = (regs.lo(reg) & ~EFLAGS_USER) | (view.getUint32(at, true) & EFLAGS_USER);
      regs.set(reg, flags >>> 0);
    } else regs.setParts(reg, view.getUint32(at, true), view.getUint32(at + 4, true));
  }
  if (task.ptrace !== null) task.ptrace.originalCall = view.getInt32(UserRegs.OFF_orig_rax, true);
  const fsBase = view.getUint32(UserRegs.OFF_fs_base, true) + view.getUint32(UserRegs.OFF_fs_base + 4, true) * 4294967296;
  if (fsBase !== regs.getFsBase()) regs.setFsBase(fsBase);
}

/** Where a signal frame's image says what it is (struct _fpx_sw_bytes), and ptrace's which features there are. */
const SOFTWARE = 464;
const SOFTWARE_SIZE = 48;
const FRAME_FEATURES = SOFTWARE + 8;
const FRAME_SIZE = SOFTWARE + 16;

function frameImage(task: Task): Uint8Array {
  const { regs } = task.thread;
  const image = new Uint8Array(regs.fpStateSize);
  return image.subarray(0, regs.saveFpState(image));
}

/** The XSAVE image as ptrace shows it, or its first 512 bytes alone. */
export function vectorState(task: Task, legacyOnly: boolean): Uint8Array {
  const image = frameImage(task);
  if (legacyOnly) return image.subarray(0, LEGACY_FP);
  const size = Math.min(new DataView(image.buffer).getUint32(FRAME_SIZE, true), image.length);
  const features = image.slice(FRAME_FEATURES, FRAME_FEATURES + 8);
  image.fill(0, SOFTWARE, SOFTWARE + SOFTWARE_SIZE);
  image.set(features, SOFTWARE);
  return image.subarray(0, size);
}
/** False if malformed. */
export function setVectorState(task: Task, bytes: Uint8Array): boolean {
  const image = frameImage(task);
  const software = image.slice(SOFTWARE, SOFTWARE + SOFTWARE_SIZE);
  image.set(bytes.subarray(0, image.length));
  image.set(software, SOFTWARE);
  return task.thread.regs.loadFpState(image);
}
