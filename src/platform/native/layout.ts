/**
 * Where everything lies that stub and kernel share: mirrors native/stub/layout.h (layout.test.ts compares).
 */

// Addresses in a stub process. The guest owns everything below GUEST_END.
export const GUEST_END = 0x7fe000000000;
export const TEXT_BASE = 0x7ff000000000;
export const TEXT_SIZE = 0x10000;
export const GLOBAL_BASE = 0x7ff000010000;
export const GLOBAL_SIZE = 0x20000;
// Where the host's vvar and vdso are moved.
export const VDSO_BASE = 0x7ff000030000;
// The process's memfd from offset 0: commands (read-only), results, then one context for each thread.
export const PROC_BASE = 0x7ff000080000;
export const CMD_SIZE = 0x4000;
export const RES_OFFSET = 0x4000;
export const CTX_SIZE = 0x10000;

// The global page: read-only to every stub.
export const G_ASLEEP = 0x0;
export const G_SPIN = 0x40;
export const G_YIELD = 0x44;
export const G_CPU = 0x48;
export const G_FUTEX_SEQ = 0x80;
export const G_MASK = 0xc0;
export const G_PROG_GUEST = 0xd0;
export const G_PROG_MM = 0xe0;
export const G_CARRY = 0x1000;
export const G_CARRY_MAX = 512;
export const G_BPF = 0x4000;
// One word for each slot of the arena, of threads and of processes: who sleeps, sleeps on the word of its slot.
export const G_BELLS = 0x10000;
export const G_BELLS_MAX = 0x4000;

// The command page: what the mm thread obeys.
export const M_SEQ = 0x0;
export const M_START = 0x4;
export const M_SPIN = 0xc;
// The mm thread's own bell, and that of a guest thread which it wakes when a batch is done, or 0.
export const M_BELL = 0x10;
export const M_WAKE = 0x18;
export const M_ENTRIES = 0x40;
export const M_MAX = 140;
// The entries of fork are always there and always the same: the parent's, then the child's.
export const M_FORK = 150;
export const M_FORK_CHILD = 160;
export const M_DATA = 0x3800;
// One entry.
export const E_NR = 0x0;
export const E_FLAGS = 0x4;
export const E_ARGS = 0x8;
export const E_EXTRA = 0x38;
export const E_SIZE = 0x40;
export const E_MUST = 1;
export const E_NOSTORE = 2;
export const E_FORK = 4;
export const E_THREAD = 8;
export const E_END = 16;
export const E_CAS = 32;

// The result page, offsets from RES_OFFSET. Guests can write it.
export const R_DONE = 0x0;
export const R_TABLE = 0x40;
export const R_RESULTS = 0x100;
export const R_MSG = 0x1000;
export const R_MSG_SIZE = 0x100;

// A thread's context. The first cache line is all that a plain call touches.
export const C_STATE = 0x0;
export const C_EVENT = 0x4;
export const C_NR = 0x8;
export const C_ITEM_COUNT = 0xc;
export const C_ARGS = 0x10;
export const C_RESULT = 0x10;
export const C_SELF = 0x40;
export const C_INTERRUPT = 0x48;
export const C_TID = 0x4c;
export const C_STACK_T = 0x50;
export const C_FRAME_FLAGS = 0x68;
export const C_FP_OFFSET = 0x6c;
export const C_FS_BASE = 0x70;
export const C_WORD_SEQ = 0x78;
export const C_SLOT = 0x7c;
export const C_MEM_NR = 0x80;
export const C_MEM_ARGS = 0x88;
export const C_EXIT_CLEAR = 0xa8;
export const C_SIGNAL = 0xb0;
export const C_SIG_CODE = 0xb4;
export const C_SIG_ADDR = 0xb8;
export const C_REPLY_COUNT = 0xc0;
export const C_ON_FAULT = 0xc8;
// With S_PARKED: a bell to ring before going to sleep, or 0.
export const C_WAKE = 0xd0;
export const C_REGS = 0x100;
export const C_ITEMS = 0x200;
export const C_ITEM_MAX = 8;
export const C_REPLIES = 0x280;
export const C_REPLY_MAX = 8;
export const C_CARRY = 0x1000;
export const C_CARRY_SIZE = 0x1000;
export const C_REPLY = 0x2000;
export const C_REPLY_SIZE = 0x2000;
export const C_FP = 0x4000;
export const C_FP_SIZE = 0x4000;
export const C_STACK_TOP = 0xa000;
export const C_ALT = 0xa000;
export const C_ALT_SIZE = 0x6000;

// C_STATE
export const S_RUN = 0;
export const S_POSTED = 1;
export const S_ASLEEP = 2;
export const S_PARKED = 4;

// C_EVENT: what the stub says (low byte; the ABI in the second byte) ...
export const EV_SYSCALL = 1;
export const EV_FAULT = 2;
export const EV_INTERRUPT = 3;
export const EV_FRAME = 4;
export const EV_PATCHED = 0x10000;
// ... and what the kernel answers there.
export const A_REPLY = 1;
export const A_MEM = 2;
export const A_FRAME = 4;
export const A_REGS = 8;
export const A_FS = 16;
export const A_FP = 32;
export const A_EXIT = 64;
export const A_QUIET = 128;

export const INTERRUPT_SIGNAL = 61;

// arch_prctl, by which bases are set on all hosts: not all have FSGSBASE.
export const ARCH_SET_GS = 0x1001;
export const ARCH_SET_FS = 0x1002;
export const ARCH_GET_GS = 0x1004;
