/*
 * The stub's assembly: start, the mm thread, thread start, signal return and the patched call entry.
 *
 * The mm thread has no stack and keeps its state in registers, since every writable page of this process can be
 * written by guest threads: it obeys the read-only command page and nothing else.
 *   r12 command page, r13 result page, r14 global page, r15d last sequence number, ebp entry index, esp the entry's flags
 */
#include "layout.h"

#define SYS_mmap 9
#define SYS_rt_sigprocmask 14
#define SYS_rt_sigreturn 15
#define SYS_sched_yield 24
#define SYS_exit_group 231
#define SYS_sigaltstack 131
#define SYS_arch_prctl 158
#define SYS_futex 202
#define SYS_seccomp 317

    .text
    .globl _start
/* Descriptors: 0 the socket that brings descriptors, 3 this process's memfd, 4 the global memfd. */
_start:
    movabs $GLOBAL_BASE, %r14
    movabs $PROC_BASE, %r12
    lea RES_OFFSET(%r12), %r13
    mov $SYS_mmap, %eax
    mov %r14, %rdi
    mov $GLOBAL_SIZE, %esi
    mov $1, %edx
    mov $0x11, %r10d
    mov $4, %r8d
    xor %r9d, %r9d
    syscall
    mov $SYS_mmap, %eax
    mov %r12, %rdi
    mov $CMD_SIZE, %esi
    mov $3, %r8d
    syscall
    mov $SYS_mmap, %eax
    mov %r13, %rdi
    mov $(CTX_SIZE - RES_OFFSET), %esi
    mov $3, %edx
    mov $RES_OFFSET, %r9d
    syscall
    lea on_signal(%rip), %rax
    mov %rax, R_TABLE(%r13)
    lea restorer(%rip), %rax
    mov %rax, R_TABLE+8(%r13)
    lea patched_entry(%rip), %rax
    mov %rax, R_TABLE+16(%r13)
    mov %rsp, R_TABLE+24(%r13)
    mov $1, %r15d

/* Says that all entries up to sequence number r15d are done, and waits for more. */
mm_report:
    mov %r15d, %eax
    xchg %eax, R_DONE(%r13)
    /* As ring() in stub.c: until somebody was woken, or nobody sleeps. */
1:  cmpl $0, G_ASLEEP(%r14)
    je mm_partner
    mov $SYS_futex, %eax
    lea G_ASLEEP(%r14), %rdi
    mov $1, %esi
    mov $0x7fffffff, %edx
    syscall
    test %rax, %rax
    jg mm_partner
    mov $SYS_sched_yield, %eax
    syscall
    jmp 1b
/* The guest thread that sleeps until this batch is done runs on this CPU: woken from here it need not be interrupted. */
mm_partner:
    mov M_WAKE(%r12), %rdi
    test %rdi, %rdi
    jz mm_wait
    mov $SYS_futex, %eax
    mov $1, %esi
    mov $0x7fffffff, %edx
    syscall
mm_wait:
    mov M_SPIN(%r12), %ebx
1:  mov M_SEQ(%r12), %eax
    cmp %r15d, %eax
    jne mm_run
    pause
    sub $1, %ebx
    jg 1b
    mov M_BELL(%r12), %rdi
    mov (%rdi), %edx
    mov M_SEQ(%r12), %eax
    cmp %r15d, %eax
    jne mm_run
    mov $SYS_futex, %eax
    xor %esi, %esi
    xor %r10d, %r10d
    syscall
    mov M_SEQ(%r12), %eax
    cmp %r15d, %eax
    je mm_wait
mm_run:
    mov %eax, %r15d
    mov M_START(%r12), %ebp
mm_next:
    mov %ebp, %ebx
    shl $6, %ebx
    lea M_ENTRIES(%r12,%rbx), %rbx
    mov E_ARGS(%rbx), %rdi
    mov E_ARGS+8(%rbx), %rsi
    mov E_ARGS+16(%rbx), %rdx
    mov E_ARGS+24(%rbx), %r10
    mov E_ARGS+32(%rbx), %r8
    mov E_ARGS+40(%rbx), %r9
    mov E_NR(%rbx), %eax
    /* Kept in registers: by the time a new thread runs, the entry may be another one. */
    mov E_EXTRA(%rbx), %rsp
    mov E_FLAGS(%rbx), %ebx
    test $E_CAS, %ebx
    jnz mm_compare_exchange
    syscall
    test $(E_FORK | E_THREAD), %ebx
    jnz mm_cloned
mm_store:
    test $E_NOSTORE, %ebx
    jnz 1f
    mov %rax, R_RESULTS(%r13,%rbp,8)
1:  test $E_MUST, %ebx
    jz 1f
    cmp $-4095, %rax
    jae mm_report
1:  test $E_END, %ebx
    jnz mm_report
    add $1, %ebp
    jmp mm_next
/* No host call: the word at rdi, from eax to esi. The kernel has just read it, so it is most likely there. */
mm_compare_exchange:
    lock cmpxchg %esi, (%rdi)
    jmp mm_store
mm_cloned:
    test %rax, %rax
    jnz mm_store
    test $E_THREAD, %ebx
    jnz guest_start
    /* The forked child goes on at its own entries; one of the first maps its own command page over this one. */
    mov %esp, %ebp
    jmp mm_next

/* A new guest thread. No stack, nothing but read-only pages, until the guest's filter is on. */
guest_start:
    mov %rsp, %r12
    mov $SYS_arch_prctl, %eax
    mov $ARCH_SET_GS, %edi
    mov %r12, %rsi
    syscall
    mov $SYS_sigaltstack, %eax
    lea C_STACK_T(%r12), %rdi
    xor %esi, %esi
    syscall
    mov $SYS_rt_sigprocmask, %eax
    mov $2, %edi
    lea G_MASK(%r14), %rsi
    xor %edx, %edx
    mov $8, %r10d
    syscall
    mov $SYS_seccomp, %eax
    mov $1, %edi
    xor %esi, %esi
    lea G_PROG_GUEST(%r14), %rdx
    syscall
    test %rax, %rax
    jz 1f
    mov $SYS_exit_group, %eax
    mov $99, %edi
    syscall
    hlt
1:  lea C_STACK_TOP(%r12), %rsp
    mov $-1, %rax
    .globl start_trap
    syscall
start_trap:
    hlt

/* The patched exit's way to a full frame: all registers are the guest's again, and this call always traps. */
    .globl frame_trap
frame_call:
    syscall
frame_trap:
    hlt

    .globl restorer
restorer:
    mov $SYS_rt_sigreturn, %eax
    syscall
    hlt

/*
 * Patched call sites come here by their trampoline: rcx = address after the `syscall` instruction, eax = number,
 * r11 free. All general registers go to the context, in the order of Linux's sigcontext.
 */
    .globl patched_entry, patched_self, exit_check, exit_end
patched_entry:
patched_self:
    mov %gs:C_SELF, %r11
    mov %rsp, C_REGS+15*8(%r11)
    lea C_STACK_TOP(%r11), %rsp
    pushfq
    popq C_REGS+17*8(%r11)
    cld
    mov %r8, C_REGS+0*8(%r11)
    mov %r9, C_REGS+1*8(%r11)
    mov %r10, C_REGS+2*8(%r11)
    mov %r12, C_REGS+4*8(%r11)
    mov %r13, C_REGS+5*8(%r11)
    mov %r14, C_REGS+6*8(%r11)
    mov %r15, C_REGS+7*8(%r11)
    mov %rdi, C_REGS+8*8(%r11)
    mov %rsi, C_REGS+9*8(%r11)
    mov %rbp, C_REGS+10*8(%r11)
    mov %rbx, C_REGS+11*8(%r11)
    mov %rdx, C_REGS+12*8(%r11)
    mov %rax, C_REGS+13*8(%r11)
    mov %rcx, C_REGS+16*8(%r11)
    mov %eax, C_NR(%r11)
    mov %rdi, C_ARGS(%r11)
    mov %rsi, C_ARGS+8(%r11)
    mov %rdx, C_ARGS+16(%r11)
    mov %r10, C_ARGS+24(%r11)
    mov %r8, C_ARGS+32(%r11)
    mov %r9, C_ARGS+40(%r11)
    movl $(EV_SYSCALL | EV_PATCHED), C_EVENT(%r11)
    mov %r11, %rdi
    call patched_call
    /* rax: 0 return, 1 take a full frame. The result is in the RAX slot. */
    test %eax, %eax
    jnz exit_frame

/* From here to exit_end a signal handler may send us back to exit_check: nothing read here is changed here. */
exit_check:
    mov %gs:C_SELF, %r11
    lea (C_STACK_TOP-64)(%r11), %rsp
    cmpl $0, C_INTERRUPT(%r11)
    jne exit_frame
    mov C_REGS+0*8(%r11), %r8
    mov C_REGS+1*8(%r11), %r9
    mov C_REGS+2*8(%r11), %r10
    mov C_REGS+8*8(%r11), %rdi
    mov C_REGS+9*8(%r11), %rsi
    mov C_REGS+12*8(%r11), %rdx
    mov C_REGS+13*8(%r11), %rax
    mov C_REGS+16*8(%r11), %rcx
    pushq C_REGS+17*8(%r11)
    mov C_REGS+17*8(%r11), %r11
    popfq
    mov %gs:C_REGS+15*8, %rsp
    jmp *%gs:C_REGS+16*8
exit_end:
    hlt

exit_frame:
    mov %gs:C_SELF, %r11
    lea (C_STACK_TOP-64)(%r11), %rsp
    mov C_REGS+0*8(%r11), %r8
    mov C_REGS+1*8(%r11), %r9
    mov C_REGS+2*8(%r11), %r10
    mov C_REGS+4*8(%r11), %r12
    mov C_REGS+5*8(%r11), %r13
    mov C_REGS+6*8(%r11), %r14
    mov C_REGS+7*8(%r11), %r15
    mov C_REGS+8*8(%r11), %rdi
    mov C_REGS+9*8(%r11), %rsi
    mov C_REGS+10*8(%r11), %rbp
    mov C_REGS+11*8(%r11), %rbx
    mov C_REGS+12*8(%r11), %rdx
    pushq C_REGS+17*8(%r11)
    popfq
    mov %gs:C_REGS+15*8, %rsp
    mov $-1, %rax
    jmp frame_call

/* copy_bytes(to, from, n): bytes not copied. A fault in it continues at copy_fault. */
    .globl copy_bytes, copy_start, copy_end, copy_fault
copy_bytes:
    mov %rdx, %rcx
copy_start:
    rep movsb
copy_end:
copy_fault:
    mov %rcx, %rax
    ret

/* copy_string(to, from, max): length with its NUL, 0 if it faults or does not end within max. */
    .globl copy_string, string_start, string_end, string_fault
copy_string:
    xor %ecx, %ecx
string_start:
1:  cmp %rdx, %rcx
    jae string_fault
    movzbl (%rsi,%rcx), %eax
    mov %al, (%rdi,%rcx)
    inc %rcx
    test %al, %al
    jnz 1b
string_end:
    mov %rcx, %rax
    ret
string_fault:
    xor %eax, %eax
    ret

/* host_call(nr, a0, a1, a2, a3, a4, a5 on the stack) */
    .globl host_call
host_call:
    mov %rdi, %rax
    mov %rsi, %rdi
    mov %rdx, %rsi
    mov %rcx, %rdx
    mov %r8, %r10
    mov %r9, %r8
    mov 8(%rsp), %r9
    syscall
    ret

    .section .note.GNU-stack,"",@progbits
