# write(1, "hello\n", 6), then exit with what write returned: 6.
.globl _start
_start:
    mov $1, %eax
    mov $1, %edi
    lea text(%rip), %rsi
    mov $6, %edx
    syscall
    mov %eax, %edi
    mov $231, %eax
    syscall
.section .rodata
text: .ascii "hello\n"
.section .note.GNU-stack,"",@progbits
