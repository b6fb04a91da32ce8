/*
 * Where everything lies that the stub and the kernel share. src/platform/native/layout.ts mirrors this file;
 * layout.test.ts compares the two, so keep each line in the form "#define NAME number".
 */
#ifndef BELLJAR_LAYOUT_H
#define BELLJAR_LAYOUT_H

/*
 * Addresses in a stub process. The guest owns everything below GUEST_END. All that a process with few threads uses of the
 * rest lies in 2 MiB, one page of page table entries: each page table more costs fork and exit (40 us and more on some hosts).
 */
#define GUEST_END 0x7fe000000000
#define TEXT_BASE 0x7ff000000000
#define TEXT_SIZE 0x10000
#define GLOBAL_BASE 0x7ff000010000
#define GLOBAL_SIZE 0x20000
/* Where the host's vvar and vdso are moved. */
#define VDSO_BASE 0x7ff000030000
/* The process's memfd from offset 0: commands (read-only), results, then one context for each thread. */
#define PROC_BASE 0x7ff000080000
#define CMD_SIZE 0x4000
#define RES_OFFSET 0x4000
#define CTX_SIZE 0x10000

/* The global page: read-only to every stub. */
#define G_ASLEEP 0x0
#define G_SPIN 0x40
#define G_YIELD 0x44
#define G_CPU 0x48
#define G_FUTEX_SEQ 0x80
#define G_MASK 0xc0
#define G_PROG_GUEST 0xd0
#define G_PROG_MM 0xe0
#define G_CARRY 0x1000
#define G_CARRY_MAX 512
#define G_BPF 0x4000
/* One word for each slot of the arena, of threads and of processes: who sleeps, sleeps on the word of its slot. */
#define G_BELLS 0x10000
#define G_BELLS_MAX 0x4000

/* The command page: what the mm thread obeys. */
#define M_SEQ 0x0
#define M_START 0x4
#define M_SPIN 0xc
/* The mm thread's own bell, and that of a guest thread which it wakes when a batch is done, or 0. */
#define M_BELL 0x10
#define M_WAKE 0x18
#define M_ENTRIES 0x40
#define M_MAX 140
/* The entries of fork are always there and always the same: the parent's, then the child's. */
#define M_FORK 150
#define M_FORK_CHILD 160
#define M_DATA 0x3800
/* One entry. */
#define E_NR 0x0
#define E_FLAGS 0x4
#define E_ARGS 0x8
#define E_EXTRA 0x38
#define E_SIZE 0x40
#define E_MUST 1
#define E_NOSTORE 2
#define E_FORK 4
#define E_THREAD 8
#define E_END 16
#define E_CAS 32

/* The result page, offsets from RES_OFFSET. Guests can write it. */
#define R_DONE 0x0
#define R_TABLE 0x40
#define R_RESULTS 0x100
#define R_MSG 0x1000
#define R_MSG_SIZE 0x100

/* A thread's context. The first cache line is all that a plain call touches. */
#define C_STATE 0x0
#define C_EVENT 0x4
#define C_NR 0x8
#define C_ITEM_COUNT 0xc
#define C_ARGS 0x10
#define C_RESULT 0x10
#define C_SELF 0x40
#define C_INTERRUPT 0x48
#define C_TID 0x4c
#define C_STACK_T 0x50
#define C_FRAME_FLAGS 0x68
#define C_FP_OFFSET 0x6c
#define C_FS_BASE 0x70
#define C_WORD_SEQ 0x78
#define C_SLOT 0x7c
#define C_MEM_NR 0x80
#define C_MEM_ARGS 0x88
#define C_EXIT_CLEAR 0xa8
#define C_SIGNAL 0xb0
#define C_SIG_CODE 0xb4
#define C_SIG_ADDR 0xb8
#define C_REPLY_COUNT 0xc0
#define C_ON_FAULT 0xc8
/* With S_PARKED: a bell to ring before going to sleep, or 0. */
#define C_WAKE 0xd0
#define C_REGS 0x100
#define C_ITEMS 0x200
#define C_ITEM_MAX 8
#define C_REPLIES 0x280
#define C_REPLY_MAX 8
#define C_CARRY 0x1000
#define C_CARRY_SIZE 0x1000
#define C_REPLY 0x2000
#define C_REPLY_SIZE 0x2000
#define C_FP 0x4000
#define C_FP_SIZE 0x4000
#define C_STACK_TOP 0xa000
#define C_ALT 0xa000
#define C_ALT_SIZE 0x6000

/* C_STATE */
#define S_RUN 0
#define S_POSTED 1
#define S_ASLEEP 2
#define S_PARKED 4

/* C_EVENT: what the stub says (low byte; the ABI in the second byte) ... */
#define EV_SYSCALL 1
#define EV_FAULT 2
#define EV_INTERRUPT 3
#define EV_FRAME 4
#define EV_PATCHED 0x10000
/* ... and what the kernel answers there. */
#define A_REPLY 1
#define A_MEM 2
#define A_FRAME 4
#define A_REGS 8
#define A_FS 16
#define A_FP 32
#define A_EXIT 64
#define A_QUIET 128

#define INTERRUPT_SIGNAL 61

/* arch_prctl, by which bases are set on all hosts: not all have FSGSBASE. */
#define ARCH_SET_GS 0x1001
#define ARCH_SET_FS 0x1002
#define ARCH_GET_GS 0x1004

#endif
