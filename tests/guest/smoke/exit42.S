# The smallest program: exit(42) with no libc and no stack use. If this fails, entry or exec is broken.
.globl _start
_start:
    mov $60, %eax
    mov $42, %edi
    syscall
.section .note.GNU-stack,"",@progbits
